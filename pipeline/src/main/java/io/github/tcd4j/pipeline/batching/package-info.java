/**
 * Requests that share the evaluations of a network: each runs its own sampling loop, and their rows
 * meet in one call of the U-Net.
 */
@NullMarked
package io.github.tcd4j.pipeline.batching;

import org.jspecify.annotations.NullMarked;
