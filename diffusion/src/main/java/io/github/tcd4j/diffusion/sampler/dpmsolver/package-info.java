/**
 * The DPM-Solver family (Lu et al. 2022, arXiv 2206.00927 and 2211.01095): singlestep and
 * multistep, of the noise or of x0, deterministic or stochastic. A step is exact for the linear
 * part of the equation and expands the network in lambda: with h = lambda_s - lambda_t the first
 * order of DPM-Solver++ is x_s = (sigma_s / sigma_t) x_t - alpha_s (e^-h - 1) x0, and the second
 * order adds half of the slope of x0.
 */
@NullMarked
package io.github.tcd4j.diffusion.sampler.dpmsolver;

import org.jspecify.annotations.NullMarked;
