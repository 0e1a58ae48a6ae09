/** What NumPy writes and draws: arrays in {@code .npz} files, and its legacy random numbers. */
@NullMarked
package io.github.tcd4j.evaluation.numpy;

import org.jspecify.annotations.NullMarked;
