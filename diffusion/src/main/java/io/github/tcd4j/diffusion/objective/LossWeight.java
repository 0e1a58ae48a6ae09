package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.files.InvalidRequestException;

/**
 * Weight of the squared error of a network's output at a time of signal-to-noise ratio snr = (alpha
 * / sigma)^2. The same error seen in eps, v and x0 differs by a factor,
 *
 * <pre>  |eps error|^2 = snr |x0 error|^2,   |v error|^2 = (snr + 1) |x0 error|^2</pre>
 *
 * so a weight is given once, for x0, and carried over.
 */
public interface LossWeight {
  /**
   * @param snr at least 0
   * @return at least 0
   */
  double at(Prediction.Kind kind, double snr);

  /** Each error as the network makes it. */
  record Uniform() implements LossWeight {
    @Override
    public double at(Prediction.Kind kind, double snr) {
      return 1;
    }
  }

  /**
   * min(snr, gamma) for x0 (Hang et al. 2023): nearly clean times, which are easy, do not rule.
   *
   * @param gamma above 0, usually 5
   */
  record MinSnr(double gamma) implements LossWeight {
    public MinSnr {
      if (!(gamma > 0)) {
        throw new InvalidRequestException("min-snr needs a gamma above 0 but got " + gamma);
      }
    }

    @Override
    public double at(Prediction.Kind kind, double snr) {
      return switch (kind) {
        case EPSILON -> Math.min(1, gamma / snr);
        case V -> Math.min(snr, gamma) / (snr + 1);
        case X0 -> Math.min(snr, gamma);
      };
    }
  }

  /**
   * sqrt(snr) for x0, 1 / sqrt(snr) for eps (Yu et al. 2023, debiased estimation): in eps the
   * errors of very noisy times are small, yet there it is decided what the picture shows. Ratios
   * are cut to [1e-3, 1e3].
   */
  record Debiased() implements LossWeight {
    @Override
    public double at(Prediction.Kind kind, double snr) {
      double r = Math.max(1e-3, Math.min(1e3, snr));
      return switch (kind) {
        case EPSILON -> 1 / Math.sqrt(r);
        case V -> Math.sqrt(r) / (r + 1);
        case X0 -> Math.sqrt(r);
      };
    }
  }

  /** Reads {@code even}, {@code debiased} or {@code min-snr-GAMMA}. */
  static LossWeight parse(String name) {
    if (name.equals("even")) {
      return new Uniform();
    }
    if (name.equals("debiased")) {
      return new Debiased();
    }
    if (name.matches("min-snr-[0-9]+(\\.[0-9]+)?")) {
      return new MinSnr(Double.parseDouble(name.substring("min-snr-".length())));
    }
    throw new InvalidRequestException(
        "the loss weight must be even, debiased or min-snr-GAMMA, such as min-snr-5, but was "
            + name);
  }
}
