package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What the autoencoder makes of the picture of a request, once for all its batches.
 *
 * @param picture of the picture
 * @param masked of the picture with grey where the mask is white; null without a mask
 * @param mask (1, 1, h, w), 1 where latents are generated anew; null without a mask
 */
public record EncodedInput(
    EncodedPicture picture, @Nullable EncodedPicture masked, @Nullable Tensor mask) {}
