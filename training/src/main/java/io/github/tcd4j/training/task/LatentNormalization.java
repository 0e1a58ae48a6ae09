package io.github.tcd4j.training.task;

import io.github.tcd4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Makes each latent channel mean 0 and variance 1 over the data, inside the autoencoder itself: z
 * becomes (z - mean) / std at the end of the encoder and back at the start of the decoder. Both are
 * affine, so they disappear into the two 1x1 convolutions that are already there, and the result is
 * an ordinary AutoencoderKL with scaling factor 1. A white background otherwise gives channels of
 * very different spread, and one scaling factor cannot serve them all.
 *
 * @param mean per channel (C)
 * @param std per channel (C)
 */
record LatentNormalization(Tensor mean, Tensor std) {
  /** Measured on latents (N, C, H, W). */
  static LatentNormalization of(Tensor latents) {
    Tensor mean = latents.mean(true, 0, 2, 3);
    Tensor std = latents.minus(mean).square().mean(false, 0, 2, 3).sqrt();
    return new LatentNormalization(mean.reshape(-1), std);
  }

  /** A copy of an AutoencoderKL's parameters with this whitening inside. */
  Map<String, Tensor> into(Map<String, Tensor> parameters) {
    Map<String, Tensor> result = new LinkedHashMap<>(parameters);
    long c = mean.size(0);
    Tensor ones = std.div(std);
    // quant_conv gives means and log-variances: the log-variance of z / std is lower by 2 log std.
    Tensor rowScale = Tensor.cat(0, ones.div(std), ones);
    Tensor rowShift = Tensor.cat(0, mean.div(std).neg(), std.log().times(-2));
    Tensor quantWeight = get(parameters, "quant_conv.weight");
    Tensor quantBias = get(parameters, "quant_conv.bias");
    result.put("quant_conv.weight", quantWeight.times(rowScale.reshape(2 * c, 1, 1, 1)));
    result.put("quant_conv.bias", quantBias.times(rowScale).plus(rowShift));
    Tensor postWeight = get(parameters, "post_quant_conv.weight");
    Tensor postBias = get(parameters, "post_quant_conv.bias");
    Tensor shift = postWeight.reshape(c, c).matmul(mean.reshape(c, 1)).reshape(c);
    result.put("post_quant_conv.weight", postWeight.times(std.reshape(1, c, 1, 1)));
    result.put("post_quant_conv.bias", postBias.plus(shift));
    return result;
  }

  private static Tensor get(Map<String, Tensor> parameters, String name) {
    return Objects.requireNonNull(parameters.get(name), name).detach();
  }
}
