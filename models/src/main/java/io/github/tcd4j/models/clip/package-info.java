/**
 * CLIP: two transformers, one for text and one for pictures, with a common feature space (Radford
 * et al. 2021, arXiv 2103.00020), and the tokenizer of the text.
 *
 * <p>Both are stacks of pre-norm layers over (B, L, C):
 *
 * <pre>
 *   x = x + attention(norm1(x))
 *   x = x + fc2(act(fc1(norm2(x))))
 * </pre>
 *
 * The text side sums token and position embeddings, sees only backwards, normalises at the end and
 * pools at the end-of-text token. The vision side cuts the picture into patches, puts a class token
 * before them, adds position embeddings, normalises before the first layer, and pools at the class
 * token. Linear projections without bias take both to the common space, where the similarity is
 * exp(logit_scale) times the cosine.
 *
 * <p>Keys, configuration and initialisation are those of transformers' {@code CLIPTextModel},
 * {@code CLIPTextModelWithProjection}, {@code CLIPVisionModel} and {@code CLIPModel}, so that files
 * go both ways.
 */
@NullMarked
package io.github.tcd4j.models.clip;

import org.jspecify.annotations.NullMarked;
