/**
 * From a picture to what a network of a measure reads, as the measure's own program does it: how it
 * resizes and crops, and on what scale the numbers are. The names go into the protocol of a figure.
 */
@NullMarked
package io.github.tcd4j.evaluation.preprocess;

import org.jspecify.annotations.NullMarked;
