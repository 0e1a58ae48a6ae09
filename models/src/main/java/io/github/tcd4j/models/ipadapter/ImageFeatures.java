package io.github.tcd4j.models.ipadapter;

import io.github.tcd4j.tensor.Tensor;

/**
 * What a CLIP vision encoder makes of pictures.
 *
 * @param embedding (N, P), the projected class token ({@code image_embeds})
 * @param hidden (N, 1 + patches, C), the output of the last layer but one ({@code
 *     hidden_states[-2]})
 */
public record ImageFeatures(Tensor embedding, Tensor hidden) {}
