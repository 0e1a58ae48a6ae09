/**
 * Prompt in, picture out. A {@link io.github.tcd4j.pipeline.checkpoint.ModelFolder} names the files
 * of a diffusers model, {@link io.github.tcd4j.pipeline.TextToImage} holds its networks and follows
 * one direction: prompt, token ids, conditioning, denoiser, sampler, latents, autoencoder, picture.
 * A {@link io.github.tcd4j.pipeline.Request} is what the user requested, {@link
 * io.github.tcd4j.pipeline.metadata.GenerationSettings} what the model makes of it with all
 * defaults filled in, and what a PNG keeps so that it can be generated again.
 *
 * <p>Conventions: guidance is diffusers' guidance_scale g, off at g <= 1, and the pictures of one
 * request are generated with seed, seed + 1, ..., each from a random stream of its own.
 */
@NullMarked
package io.github.tcd4j.pipeline;

import org.jspecify.annotations.NullMarked;
