package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Tensor;

/** What a sampler does to estimates of x0 that lie outside of where data can lie. */
public sealed interface Thresholding {
  Tensor apply(Tensor x0);

  /** The prediction whose x0 is within the limit. */
  default Prediction apply(Prediction p, Tensor x, Node node) {
    return this instanceof None ? p : new Prediction(Prediction.Kind.X0, apply(p.x0(x, node)));
  }

  /** Nothing: latents have no natural bounds. */
  record None() implements Thresholding {
    @Override
    public Tensor apply(Tensor x0) {
      return x0;
    }
  }

  /**
   * Clips to [-range, range], for models of pixels.
   *
   * @param range greatest magnitude, above 0
   */
  record Clip(double range) implements Thresholding {
    public Clip {
      if (!(range > 0)) {
        throw new InvalidRequestException(
            "clip_sample_range must be greater than 0 but was " + range);
      }
    }

    @Override
    public Tensor apply(Tensor x0) {
      return x0.clamp(-range, range);
    }
  }

  /**
   * Dynamic thresholding (Saharia et al. 2022): clips each image to its own quantile of magnitudes,
   * but at least to 1 and at most to {@code max} (which wins), and divides by it.
   *
   * @param ratio the quantile, in [0, 1]
   * @param max greatest threshold, above 0
   */
  record Dynamic(double ratio, double max) implements Thresholding {
    public Dynamic {
      if (!(ratio >= 0 && ratio <= 1) || !(max > 0)) {
        throw new InvalidRequestException(
            "dynamic thresholding needs a ratio in [0, 1] and a sample_max_value above 0 but"
                + " got "
                + ratio
                + " and "
                + max);
      }
    }

    @Override
    public Tensor apply(Tensor x0) {
      Tensor s = quantile(x0.abs().reshape(x0.size(0), -1)).clamp(1, max).reshape(-1, 1, 1, 1);
      Tensor low = x0.maximum(s.neg());
      return low.neg().maximum(s.neg()).neg().div(s);
    }

    /** Per row of (B, N), between the two nearest values where it falls between them. */
    private Tensor quantile(Tensor rows) {
      double rank = ratio * (rows.size(1) - 1);
      long low = (long) rank;
      long high = Math.min(low + 1, rows.size(1) - 1);
      Tensor sorted = rows.gather(1, rows.argsort(1, false));
      Tensor below = sorted.select(1, low);
      return below.plus(sorted.select(1, high).minus(below).times(rank - low));
    }
  }

  /** What {@code thresholding} and {@code clip_sample} of a configuration ask for. */
  static Thresholding of(SchedulerConfig config, boolean clipByDefault) {
    if (config.flag("thresholding", false)) {
      return new Dynamic(
          config.number("dynamic_thresholding_ratio", 0.995), config.number("sample_max_value", 1));
    }
    if (config.flag("clip_sample", clipByDefault)) {
      return new Clip(config.number("clip_sample_range", 1));
    }
    return new None();
  }
}
