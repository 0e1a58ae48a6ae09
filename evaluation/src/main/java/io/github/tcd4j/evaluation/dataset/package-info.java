/** Captions and real images that an evaluation works on. */
@NullMarked
package io.github.tcd4j.evaluation.dataset;

import org.jspecify.annotations.NullMarked;
