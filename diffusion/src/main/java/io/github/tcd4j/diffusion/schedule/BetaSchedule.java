package io.github.tcd4j.diffusion.schedule;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * How the noise that each of N steps adds grows with the step, as {@code beta_schedule} of a
 * scheduler configuration names it. Evaluated in float32, as the networks were trained.
 */
public enum BetaSchedule {
  /** Linear from start to end. */
  LINEAR("linear") {
    @Override
    float[] betas(double start, double end, int n) {
      return linspace((float) start, (float) end, n);
    }
  },
  /** Its square root is linear; Stable Diffusion's. */
  SCALED_LINEAR("scaled_linear") {
    @Override
    float[] betas(double start, double end, int n) {
      float[] b = linspace((float) Math.sqrt(start), (float) Math.sqrt(end), n);
      for (int i = 0; i < n; i++) {
        b[i] *= b[i];
      }
      return b;
    }
  },
  /** Such that abar is a squared cosine (Nichol and Dhariwal 2021); start and end play no part. */
  SQUARED_COSINE("squaredcos_cap_v2") {
    @Override
    float[] betas(double start, double end, int n) {
      float[] b = new float[n];
      for (int i = 0; i < n; i++) {
        double beta = 1 - squaredCosine((i + 1.0) / n) / squaredCosine((double) i / n);
        b[i] = (float) Math.min(beta, 0.999);
      }
      return b;
    }
  };

  private final String key;

  BetaSchedule(String key) {
    this.key = key;
  }

  abstract float[] betas(double start, double end, int n);

  /** The curve of a {@code beta_schedule} entry. */
  public static BetaSchedule parse(String key) {
    return Arrays.stream(values())
        .filter(c -> c.key.equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidRequestException(
                    "beta_schedule must be one of "
                        + Arrays.stream(values()).map(c -> c.key).collect(Collectors.toList())
                        + " but was "
                        + key));
  }

  private static double squaredCosine(double u) {
    double c = Math.cos((u + 0.008) / 1.008 * Math.PI / 2);
    return c * c;
  }

  /** Counted from both ends, as PyTorch does, so that the values agree to the last bit or two. */
  private static float[] linspace(float start, float end, int n) {
    float step = (end - start) / (n - 1);
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = i < n / 2 ? start + step * i : end - step * (n - 1 - i);
    }
    return out;
  }
}
