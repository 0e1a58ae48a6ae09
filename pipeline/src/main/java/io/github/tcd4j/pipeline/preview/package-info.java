/** Rough pictures of latents while they are sampled, without the autoencoder. */
@NullMarked
package io.github.tcd4j.pipeline.preview;

import org.jspecify.annotations.NullMarked;
