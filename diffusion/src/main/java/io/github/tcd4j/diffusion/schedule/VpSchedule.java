package io.github.tcd4j.diffusion.schedule;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.Arrays;

/**
 * The variance-preserving schedule of latent diffusion models, alpha^2 + sigma^2 = 1, from a table
 * of abar_t = prod (1 - beta_i) at t = 0 .. N-1. Between two entries tau = sigma / alpha is linear
 * in t, as in diffusers.
 *
 * <pre>{@code
 * NoiseSchedule sd = VpSchedule.of(BetaSchedule.SCALED_LINEAR, 0.00085, 0.012, 1000);
 * sd.alpha(999);   // 0.06826489
 * }</pre>
 */
public final class VpSchedule implements NoiseSchedule {
  /** A hundred times what models are trained with; more would only fill the memory. */
  private static final int MAX_STEPS = 100_000;

  private final float[] abar;
  private final double[] tau;

  private VpSchedule(float[] abar) {
    this.abar = abar;
    tau = new double[abar.length];
    for (int t = 0; t < tau.length; t++) {
      tau[t] = Math.sqrt((1 - (double) abar[t]) / abar[t]);
    }
  }

  /** The schedule of a beta curve over {@code steps} steps; start and end are in (0, 1). */
  public static VpSchedule of(BetaSchedule curve, double betaStart, double betaEnd, int steps) {
    if (steps < 2 || steps > MAX_STEPS) {
      throw new InvalidRequestException(
          "num_train_timesteps must be in [2, " + MAX_STEPS + "] but was " + steps);
    }
    return ofBetas(curve.betas(betaStart, betaEnd, steps));
  }

  /** The schedule of Stable Diffusion 1, 2 and XL. */
  public static VpSchedule stableDiffusion() {
    return of(BetaSchedule.SCALED_LINEAR, 0.00085, 0.012, 1000);
  }

  /** The schedule of given betas, each in [0, 1]. */
  public static VpSchedule ofBetas(float... betas) {
    if (betas.length < 2 || betas.length > MAX_STEPS) {
      throw new InvalidRequestException(
          "there must be 2 to " + MAX_STEPS + " betas but there were " + betas.length);
    }
    float[] abar = new float[betas.length];
    double product = 1;
    for (int t = 0; t < betas.length; t++) {
      if (!(betas[t] >= 0 && betas[t] <= 1)) {
        throw new InvalidRequestException(
            "beta must be in [0, 1] but beta " + t + " was " + betas[t]);
      }
      product *= 1 - betas[t];
      abar[t] = (float) product;
    }
    return new VpSchedule(abar);
  }

  /**
   * This schedule stretched so that nothing of the signal is left at the last time (Lin et al.
   * 2024, algorithm 1). A network that predicts noise cannot work there: it would be told its own
   * answer.
   */
  public VpSchedule zeroTerminalSnr() {
    int n = abar.length;
    float first = (float) Math.sqrt(abar[0]);
    float last = (float) Math.sqrt(abar[n - 1]);
    float[] stretched = new float[n];
    for (int t = 0; t < n; t++) {
      float a = ((float) Math.sqrt(abar[t]) - last) * (first / (first - last));
      stretched[t] = a * a;
    }
    return new VpSchedule(stretched);
  }

  /** This schedule with another abar at its last time, where 0 cannot be divided by. */
  public VpSchedule withLastAbar(double value) {
    float[] copy = abar.clone();
    copy[copy.length - 1] = (float) value;
    return new VpSchedule(copy);
  }

  /** Number of entries N. */
  public int steps() {
    return abar.length;
  }

  /** The table's entry abar_t, 0 <= t < N. */
  public double abar(int t) {
    return abar[(int) checked(t)];
  }

  /** sigma / alpha at any time in [0, N-1]. */
  public double tau(double t) {
    int i = (int) checked(t);
    double part = t - i;
    return part == 0 ? tau[i] : tau[i] + part * (tau[i + 1] - tau[i]);
  }

  @Override
  public double alpha(double t) {
    int i = (int) checked(t);
    return t == i ? Math.sqrt(abar[i]) : 1 / Math.hypot(1, tau(t));
  }

  @Override
  public double sigma(double t) {
    int i = (int) checked(t);
    if (t == i) {
      return Math.sqrt(1 - (double) abar[i]);
    }
    double y = tau(t);
    return Double.isInfinite(y) ? 1 : y / Math.hypot(1, y);
  }

  @Override
  public double timeOf(double lambda) {
    double y = Math.exp(-lambda);
    int found = Arrays.binarySearch(tau, y);
    if (found >= 0) {
      return found;
    }
    int above = -found - 1;
    if (above == 0 || above == tau.length) {
      return above == 0 ? 0 : lastTime();
    }
    return above - 1 + (y - tau[above - 1]) / (tau[above] - tau[above - 1]);
  }

  @Override
  public double lastTime() {
    return abar.length - 1;
  }

  private double checked(double t) {
    if (!(t >= 0 && t <= lastTime())) {
      throw new IllegalArgumentException(
          "time must be in [0, " + (abar.length - 1) + "] but was " + t);
    }
    return t;
  }
}
