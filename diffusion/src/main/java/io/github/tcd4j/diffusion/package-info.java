/**
 * The method, as mathematics on tensors; nothing here knows of networks, files or prompts.
 *
 * <p>A {@link io.github.tcd4j.diffusion.schedule.NoiseSchedule} defines how noisy a time is: x_t =
 * alpha_t x_0 + sigma_t eps, lambda = ln(alpha / sigma), tau = sigma / alpha. A {@link
 * io.github.tcd4j.diffusion.Denoiser} is a network that maps (x_t, t) to a {@link
 * io.github.tcd4j.diffusion.Prediction} of eps, v or x0. A {@link
 * io.github.tcd4j.diffusion.TrajectoryFunction} computes from it the point x_s of the same
 * trajectory of
 *
 * <pre>  dx/dt = f(t) x + g(t)^2 / (2 sigma_t) eps(x, t)      (paper, eq. 3)</pre>
 *
 * whose exact solution is x_s = (sigma_s / sigma_t) x_t + sigma_s INT e^lambda x0 dlambda from
 * lambda_t to lambda_s (eq. 16).
 *
 * <p>Latents are float32 (B, C, H, W) in variance-preserving coordinates, times float32 (B); times
 * grow with the noise. The paper is Trajectory Consistency Distillation, Zheng et al. 2024, arXiv
 * 2402.19159.
 */
@NullMarked
package io.github.tcd4j.diffusion;

import org.jspecify.annotations.NullMarked;
