/** Measures of sets of images, and their results with intervals. */
@NullMarked
package io.github.tcd4j.evaluation.measure;

import org.jspecify.annotations.NullMarked;
