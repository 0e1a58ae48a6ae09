/**
 * The denoising network (diffusers' {@code UNet2DConditionModel}; Ronneberger et al. 2015 by way of
 * Rombach et al. 2022): a convolutional encoder and decoder with skip connections, in whose blocks
 * transformers attend to the text.
 *
 * <p>Latents x are (B, C, H, W), network times t (B), text tokens (B, L, C'); the answer has the
 * shape of x. The time enters every resnet through
 *
 * <pre>
 * emb = linear_2(silu(linear_1([cos(t f), sin(t f)] + cond_proj e(w)))) + add_embedding(...)
 * f_j = exp(-ln(10000) j / (C0 / 2 - freq_shift))
 * </pre>
 *
 * with e(w) the embedding of the guidance weight w = g - 1 in networks distilled with it.
 */
@NullMarked
package io.github.tcd4j.models.unet;

import org.jspecify.annotations.NullMarked;
