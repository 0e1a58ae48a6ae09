package io.github.tcd4j.training.adapter;

import io.github.tcd4j.tensor.Tensor;

/** The mean squared error of pixels in [-1, 1], batch by batch. */
final class SquaredErrors {
  private double sum;
  private long count;

  /** Adds pictures (B, 3, H, W), cut to the range, against the true ones. */
  void add(Tensor pictures, Tensor truth) {
    Tensor error = pictures.clamp(-1, 1).minus(truth).div(2);
    sum += error.square().mean().item() * truth.numel();
    count += truth.numel();
  }

  /** Peak signal-to-noise ratio in dB. */
  double psnr() {
    return -10 * Math.log10(Math.max(sum / count, Double.MIN_NORMAL));
  }
}
