/**
 * Generated images of an evaluation: who generates them, with which sampler, and where they are
 * kept.
 */
@NullMarked
package io.github.tcd4j.evaluation.generate;

import org.jspecify.annotations.NullMarked;
