package io.github.tcd4j.diffusion.schedule;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.Locale;

/**
 * How n times are spread over N, as {@code timestep_spacing} of a scheduler configuration names it
 * (Lin et al. 2024, table 2). All results descend.
 */
public enum Spacing {
  /** From N - 1 to 0, both included; not rounded. */
  LINSPACE {
    @Override
    public double[] times(int steps, int n, int offset) {
      double[] t = new double[n];
      double width = n == 1 ? 0 : (steps - 1.0) / (n - 1);
      for (int i = 0; i < n; i++) {
        t[n - 1 - i] = i == n - 1 && n > 1 ? steps - 1 : i * width;
      }
      return t;
    }
  },
  /** Multiples of floor(N / n) from 0 on, plus the offset: never quite at the noisiest time. */
  LEADING {
    @Override
    public double[] times(int steps, int n, int offset) {
      double[] t = new double[n];
      for (int i = 0; i < n; i++) {
        t[n - 1 - i] = (double) i * (steps / n) + offset;
      }
      if (t[0] > steps - 1) {
        throw new InvalidRequestException(
            ("leading spacing with steps_offset " + offset + " starts at time " + (long) t[0])
                + (", beyond the model's last, " + (steps - 1))
                + "; use fewer steps or trailing spacing");
      }
      return t;
    }
  },
  /** N - 1 and on in steps of N / n, rounded. */
  TRAILING {
    @Override
    public double[] times(int steps, int n, int offset) {
      double[] t = new double[n];
      double width = (double) steps / n;
      for (int i = 0; i < n; i++) {
        t[i] = Math.rint(steps - i * width) - 1;
      }
      return t;
    }
  };

  /**
   * @param steps number of times of the schedule, N
   * @param n how many are wanted, 1 .. N
   * @param offset {@code steps_offset}, which only {@link #LEADING} heeds
   * @throws InvalidRequestException if the offset leads beyond the last time
   */
  public abstract double[] times(int steps, int n, int offset);

  /** The spacing of a {@code timestep_spacing} entry. */
  public static Spacing parse(String key) {
    for (Spacing s : values()) {
      if (s.key().equals(key)) {
        return s;
      }
    }
    throw new InvalidRequestException(
        "timestep_spacing must be one of [linspace, leading, trailing] but was " + key);
  }

  /** The {@code timestep_spacing} entry. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
