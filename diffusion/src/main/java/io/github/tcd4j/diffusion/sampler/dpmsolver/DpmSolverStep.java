package io.github.tcd4j.diffusion.sampler.dpmsolver;

import io.github.tcd4j.diffusion.sampler.SolverStep;
import io.github.tcd4j.diffusion.sampler.SolverType;
import io.github.tcd4j.diffusion.schedule.Node;

/**
 * The coefficients of DPM-Solver (Lu et al. 2022a), which expands the noise where {@link
 * DpmSolverPlusPlusStep} expands x0. With h = lambda_s - lambda_t,
 *
 * <pre>  x_s = (alpha_s / alpha_t) x_t - sigma_s (e^h - 1) (eps + D / 2)</pre>
 *
 * D being the change of eps over h. It cannot end without noise, where h is infinite.
 */
record DpmSolverStep(Node t, Node s) implements SolverStep {
  @Override
  public double h() {
    return s.lambda() - t.lambda();
  }

  @Override
  public double kept() {
    return s.alpha() / t.alpha();
  }

  @Override
  public double gain() {
    return -s.sigma() * Math.expm1(h());
  }

  @Override
  public double slope(SolverType correction) {
    return switch (correction) {
      case MIDPOINT -> gain() / 2;
      case HEUN -> -s.sigma() * (Math.expm1(h()) / h() - 1);
    };
  }

  @Override
  public double deviation() {
    return 0;
  }
}
