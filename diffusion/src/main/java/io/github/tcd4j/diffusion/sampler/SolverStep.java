package io.github.tcd4j.diffusion.sampler;

/** The coefficients of one step of a DPM-Solver from t to s, whatever it expands. */
public interface SolverStep {
  /** Width of the step in lambda; infinite where it ends without noise. */
  double h();

  /** Weight of x_t. */
  double kept();

  /** Weight of what is expanded, x0 or eps. */
  double gain();

  /** Weight of its change over h. */
  double slope(SolverType correction);

  /** Standard deviation of the noise that is added. */
  double deviation();
}
