package io.github.tcd4j.models.unet;

import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;

/**
 * Numbers as sines and cosines of geometrically spaced frequencies f_j = exp(-ln(10000) j / (half -
 * shift)), j = 0 .. half-1 with half = channels / 2; an odd channel is zero. Always float32, with
 * the roundings of diffusers: in bfloat16 neighbouring times would look the same.
 *
 * @param cosineFirst whether cosines stand before sines ({@code flip_sin_to_cos})
 * @param shift 0 or 1 as a rule ({@code freq_shift})
 */
record SinusoidalEmbedding(int channels, boolean cosineFirst, double shift) {
  /** The embedding of w = g - 1 that latent consistency models are distilled with. */
  static Tensor ofGuidance(Tensor w, int channels) {
    return new SinusoidalEmbedding(channels, false, 1).forward(w.to(DType.F32).times(1000));
  }

  /** values (B) of any type to (B, channels) float32. */
  Tensor forward(Tensor values) {
    int half = channels / 2;
    try (Autograd.FullPrecision full = Autograd.fullPrecision()) {
      Tensor index = Tensor.arange(half).to(DType.F32).to(values.device());
      Tensor frequencies = index.times(-Math.log(10000)).div(half - shift).exp();
      Tensor angles = values.to(DType.F32).unsqueeze(1).times(frequencies.unsqueeze(0));
      Tensor waves =
          cosineFirst
              ? Tensor.cat(1, angles.cos(), angles.sin())
              : Tensor.cat(1, angles.sin(), angles.cos());
      return channels % 2 == 0 ? waves : Functional.pad(waves, 0, 0, 1);
    }
  }
}
