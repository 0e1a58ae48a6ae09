package io.github.tcd4j.diffusion.sampler.dpmsolver;

import io.github.tcd4j.diffusion.sampler.SolverStep;
import io.github.tcd4j.diffusion.sampler.SolverType;
import io.github.tcd4j.diffusion.schedule.Node;

/**
 * The coefficients that all DPM-Solver++ share (Lu et al. 2022b). The linear part of the trajectory
 * is solved exactly, its x0 is taken to be constant or linear in lambda. With h = lambda_s -
 * lambda_t and H = h on the trajectory, H = 2 h on the stochastic one,
 *
 * <pre>
 *   x_s = (sigma_s / sigma_t) e^(h-H) x_t + alpha_s (1 - e^-H) (x0 + D / 2) + std z
 *   std = sigma_s sqrt(1 - e^-2h)        where it is stochastic
 * </pre>
 *
 * D being the change of x0 over h: what two points of it say, r h apart, divided by r.
 */
public record DpmSolverPlusPlusStep(Node t, Node s, boolean stochastic) implements SolverStep {
  @Override
  public double h() {
    return s.lambda() - t.lambda();
  }

  @Override
  public double kept() {
    return s.sigma() / t.sigma() * (stochastic ? Math.exp(-h()) : 1);
  }

  @Override
  public double gain() {
    return -s.alpha() * Math.expm1(-exponent());
  }

  @Override
  public double slope(SolverType correction) {
    return switch (correction) {
      case MIDPOINT -> gain() / 2;
      case HEUN -> s.alpha() * (Math.expm1(-exponent()) / exponent() + 1);
    };
  }

  @Override
  public double deviation() {
    return stochastic ? s.sigma() * Math.sqrt(-Math.expm1(-2 * h())) : 0;
  }

  private double exponent() {
    return stochastic ? 2 * h() : h();
  }
}
