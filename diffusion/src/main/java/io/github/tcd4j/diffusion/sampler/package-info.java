/**
 * Ways from noise to a picture. A {@link io.github.tcd4j.diffusion.sampler.Sampler} is a value, a
 * function of (denoiser, noise, {@link io.github.tcd4j.diffusion.schedule.Grid}, {@link
 * io.github.tcd4j.diffusion.sampler.NoiseSource}, {@link
 * io.github.tcd4j.diffusion.sampler.StepHook}); {@link
 * io.github.tcd4j.diffusion.sampler.registry.Samplers} finds it by name, and makes the grid from
 * the model's {@link io.github.tcd4j.diffusion.sampler.SchedulerConfig}:
 *
 * <pre>{@code
 * Plan plan = Samplers.named("tcd").plan(config, SamplerSettings.ofSteps(4).withGamma(0.3));
 * NoiseSource noise = NoiseSource.seeded(seed, images);
 * Tensor latents = plan.sample(unet, noise.draw(images, 4, 64, 64), noise, StepHook.NONE);
 * }</pre>
 *
 * <p>Gamma-samplers denoise below the next node and diffuse back to it (paper, eq. 33-35):
 *
 * <pre>
 *   x_s' = f^{t->s'}(x_t)                                   s' = (1 - gamma) s
 *   x_s  = (alpha_s / alpha_s') x_s' + sqrt(1 - alpha_s^2 / alpha_s'^2) z
 * </pre>
 *
 * <p>With gamma 1 and s' = 0 that is multistep consistency sampling (algorithm 3). They are {@link
 * io.github.tcd4j.diffusion.sampler.consistency.TcdSampler}, {@link
 * io.github.tcd4j.diffusion.sampler.consistency.TcdMultistepSampler}, {@link
 * io.github.tcd4j.diffusion.sampler.consistency.CtmSampler}. Solvers go from node to node.
 *
 * <p>All work in variance-preserving coordinates. In each step coefficients are float64 numbers and
 * latents float32. Tau, sigma and lambda are defined in {@link io.github.tcd4j.diffusion}.
 */
@NullMarked
package io.github.tcd4j.diffusion.sampler;

import org.jspecify.annotations.NullMarked;
