/** Features of images and texts in which distances are measured, and their cache. */
@NullMarked
package io.github.tcd4j.evaluation.feature;

import org.jspecify.annotations.NullMarked;
