/** Solvers for networks that are not distilled: DDIM, Euler, Heun and ancestral sampling. */
@NullMarked
package io.github.tcd4j.diffusion.sampler.solver;

import org.jspecify.annotations.NullMarked;
