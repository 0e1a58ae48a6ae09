package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/**
 * Computes clean latents from noise. A sampler is a value without state: what a multistep solver
 * needs of earlier steps is kept by the sampling loop.
 */
public interface Sampler {
  /**
   * Samples along a grid from latents at its first node.
   *
   * @param d the network, guided or not
   * @param latents float32 (B, C, H, W), in variance-preserving coordinates
   * @param grid the nodes to visit
   * @param noise drawn from once in each step that needs noise
   * @param hook receives every step, and may replace its result
   * @return latents at the terminal node; they belong to the caller's scope
   * @throws ArithmeticException if they are not finite
   */
  Tensor denoise(Denoiser d, Tensor latents, Grid grid, NoiseSource noise, StepHook hook);

  /**
   * Samples along a grid from standard normal noise, which is first scaled by {@link
   * #initialScale}.
   */
  default Tensor sample(Denoiser d, Tensor unitNoise, Grid grid, NoiseSource noise, StepHook hook) {
    double scale = initialScale(grid);
    if (scale == 1) {
      return denoise(d, unitNoise, grid, noise, hook);
    }
    try (Scope scope = Scope.inference()) {
      return scope.keep(denoise(d, unitNoise.times(scale), grid, noise, hook));
    }
  }

  /** This sampler for the last {@code steps} of the steps that it was planned for. */
  default Sampler forLast(int steps) {
    return this;
  }

  /** Network evaluations per sample, without guidance. */
  default int evaluations(Grid grid) {
    return grid.steps();
  }

  /** Standard deviation of the start noise. */
  default double initialScale(Grid grid) {
    return 1;
  }
}
