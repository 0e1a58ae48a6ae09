/**
 * LoRA (Hu et al. 2021, arXiv 2106.09685): a low-rank change of linear layers and convolutions, W'
 * = W + weight x (alpha / r) x B A, with A ("down") of shape (r, in) or (r, in, kh, kw) and B
 * ("up") of shape (out, r) or (out, r, 1, 1).
 *
 * <p>{@link io.github.tcd4j.models.lora.LoraFile} reads the key styles in use and says what it
 * found; bound to the layers of a network it becomes a {@link
 * io.github.tcd4j.models.lora.LoraAdapter}, which travels with the forward call, or is fused into
 * the weights by {@link io.github.tcd4j.models.lora.FusedLora}. A fresh adapter is trained by its
 * {@code parameters()} and written by {@link io.github.tcd4j.models.lora.LoraWriter}.
 */
@NullMarked
package io.github.tcd4j.models.lora;

import org.jspecify.annotations.NullMarked;
