package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The picture of a request as its network takes it, made once for all its batches: latents as a
 * rule.
 *
 * @param picture of the picture; of an upscaler, which reads pixels, these, (1, 3, h, w)
 * @param masked of the picture with grey where the mask is white; null without a mask
 * @param mask (1, 1, h, w), 1 where latents are generated anew; null without a mask
 */
public record EncodedInput(
    EncodedPicture picture, @Nullable EncodedPicture masked, @Nullable Tensor mask) {}
