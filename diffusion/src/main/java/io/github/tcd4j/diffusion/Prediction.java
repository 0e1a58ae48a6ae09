package io.github.tcd4j.diffusion;

import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Tensor;

/**
 * The output of a network for x = alpha x0 + sigma eps, with its prediction type. With alpha^2 +
 * sigma^2 = 1:
 *
 * <table>
 *   <caption>conversions</caption>
 *   <tr><th>output m</th><th>x0</th><th>eps</th></tr>
 *   <tr><td>eps</td><td>(x - sigma m) / alpha</td><td>m</td></tr>
 *   <tr><td>v = alpha eps - sigma x0</td><td>alpha x - sigma m</td><td>alpha m + sigma x</td></tr>
 *   <tr><td>x0</td><td>m</td><td>(x - alpha m) / sigma</td></tr>
 * </table>
 *
 * <p>The alpha and sigma given to the methods broadcast over x: (B, 1, 1, 1) where rows differ.
 *
 * @param kind the prediction type
 * @param output the network's output, of the shape of x
 */
public record Prediction(Kind kind, Tensor output) {
  /** The prediction type: noise, velocity, or clean sample. */
  public enum Kind {
    EPSILON("epsilon"),
    V("v_prediction"),
    X0("sample");

    private final String key;

    Kind(String key) {
      this.key = key;
    }

    /** The kind of a {@code prediction_type} entry of a scheduler configuration. */
    public static Kind parse(String key) {
      for (Kind k : values()) {
        if (k.key.equals(key)) {
          return k;
        }
      }
      throw new InvalidRequestException(
          "prediction_type must be one of [epsilon, v_prediction, sample] but was " + key);
    }

    /** The {@code prediction_type} entry of this kind. */
    public String key() {
      return key;
    }

    /** The output of a perfect network of this kind, for training. */
    public Tensor target(Tensor x0, Tensor noise, Tensor alpha, Tensor sigma) {
      return switch (this) {
        case EPSILON -> noise;
        case V -> alpha.times(noise).minus(sigma.times(x0));
        case X0 -> x0;
      };
    }
  }

  /** The clean sample that the output implies. */
  public Tensor x0(Tensor x, Tensor alpha, Tensor sigma) {
    Tensor m = output.to(x.dtype());
    return switch (kind) {
      case EPSILON -> x.minus(m.times(sigma)).div(alpha);
      case V -> x.times(alpha).minus(m.times(sigma));
      case X0 -> m;
    };
  }

  /** The noise that the output implies. */
  public Tensor epsilon(Tensor x, Tensor alpha, Tensor sigma) {
    Tensor m = output.to(x.dtype());
    return switch (kind) {
      case EPSILON -> m;
      case V -> m.times(alpha).plus(x.times(sigma));
      case X0 -> x.minus(m.times(alpha)).div(sigma);
    };
  }

  /** {@link #x0(Tensor, Tensor, Tensor)} with every row at {@code t}. */
  public Tensor x0(Tensor x, Node t) {
    return mix(x, t, 1, 0);
  }

  /** {@link #epsilon(Tensor, Tensor, Tensor)} with every row at {@code t}. */
  public Tensor epsilon(Tensor x, Node t) {
    return mix(x, t, 0, 1);
  }

  /** p x0 + q eps with every row at {@code t}. */
  public Tensor mix(Tensor x, Node t, double p, double q) {
    return mix(x, t, p, q, 0);
  }

  /**
   * p x0 + q eps + r x with every row at {@code t}. All are linear in x and in the output, and so
   * is this: its two weights are summed up in float64 before the latents are touched.
   */
  public Tensor mix(Tensor x, Node t, double p, double q, double r) {
    double ofX = r + ofX(t, p, q);
    double ofOutput = ofOutput(t, p, q);
    Tensor m = output.to(x.dtype());
    if (ofX != 0) {
      return x.blend(ofX, m, ofOutput);
    }
    return ofOutput == 1 ? m : m.times(ofOutput);
  }

  /** onto + p x0 + q eps with every row at {@code t}. */
  public Tensor mixOnto(Tensor onto, Tensor x, Node t, double p, double q) {
    Tensor sum = onto.plus(output.to(x.dtype()), ofOutput(t, p, q));
    double ofX = ofX(t, p, q);
    return ofX == 0 ? sum : sum.plus(x, ofX);
  }

  /** The weight of x in p x0 + q eps. */
  private double ofX(Node t, double p, double q) {
    return switch (kind) {
      case EPSILON -> over(p, t.alpha());
      case V -> p * t.alpha() + q * t.sigma();
      case X0 -> over(q, t.sigma());
    };
  }

  private double ofOutput(Node t, double p, double q) {
    return switch (kind) {
      case EPSILON -> q - over(p * t.sigma(), t.alpha());
      case V -> q * t.alpha() - p * t.sigma();
      case X0 -> p - over(q * t.alpha(), t.sigma());
    };
  }

  /** Computed lazily: there is no eps without noise. */
  private static double over(double weight, double divisor) {
    return weight == 0 ? 0 : weight / divisor;
  }
}
