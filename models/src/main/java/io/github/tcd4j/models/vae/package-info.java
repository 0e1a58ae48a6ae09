/**
 * The autoencoder between pictures and latents (diffusers' {@code AutoencoderKL}; Rombach et al.
 * 2022, sections 3.1 and D.1).
 *
 * <p>Pixels are (B, 3, H, W) in [-1, 1], latents (B, 4, H/f, W/f) with f = 2^(blocks - 1). The
 * encoder gives mean and log-variance of a normal distribution per latent element; diffusion works
 * on its samples times {@code scaling_factor}, which the caller multiplies and divides by.
 */
@NullMarked
package io.github.tcd4j.models.vae;

import org.jspecify.annotations.NullMarked;
