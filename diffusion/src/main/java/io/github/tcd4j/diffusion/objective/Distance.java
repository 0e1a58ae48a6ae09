package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Tensor;

/** How far two batches of latents are apart: a mean over all elements, a scalar. */
@FunctionalInterface
public interface Distance {
  Tensor between(Tensor a, Tensor b);

  /** mean((a - b)^2). */
  record L2() implements Distance {
    @Override
    public Tensor between(Tensor a, Tensor b) {
      return a.minus(b).square().mean();
    }
  }

  /** mean(|a - b|). */
  record L1() implements Distance {
    @Override
    public Tensor between(Tensor a, Tensor b) {
      return a.minus(b).abs().mean();
    }
  }

  /**
   * mean(sqrt((a - b)^2 + c^2) - c): squared close to zero, absolute far from it, so that outliers
   * do not rule.
   *
   * @param c where the one turns into the other, greater than 0
   */
  record PseudoHuber(double c) implements Distance {
    public PseudoHuber {
      if (!(c > 0)) {
        throw new InvalidRequestException("pseudo-Huber c must be greater than 0 but was " + c);
      }
    }

    @Override
    public Tensor between(Tensor a, Tensor b) {
      return a.minus(b).square().plus(c * c).sqrt().minus(c).mean();
    }
  }

  /**
   * The distance that a recipe names: {@code l2}, {@code l1} or {@code huber}, the last with its c.
   */
  static Distance named(String name, double huberC) {
    return switch (name) {
      case "l2" -> new L2();
      case "l1" -> new L1();
      case "huber" -> new PseudoHuber(huberC);
      default ->
          throw new InvalidRequestException("loss must be one of [l2, l1, huber] but was " + name);
    };
  }
}
