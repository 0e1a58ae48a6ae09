/**
 * Measures of any pictures: a registry of them, what each needs, and figures that carry the
 * protocol by which they were made. Figures of two protocols are never compared.
 */
@NullMarked
package io.github.tcd4j.evaluation.score;

import org.jspecify.annotations.NullMarked;
