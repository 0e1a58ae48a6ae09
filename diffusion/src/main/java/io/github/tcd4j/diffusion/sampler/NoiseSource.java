package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The noise of a batch. It is drawn in this order: the start noise, then once in each step that
 * needs noise. Each image has a stream of its own, so that it does not depend on its neighbours in
 * the batch; the numbers are those that PyTorch's CPU generator gives for the image's seed.
 */
@FunctionalInterface
public interface NoiseSource {
  /** Standard normal float32 noise of {@code shape} (B, C, H, W), on the CPU. */
  Tensor draw(long... shape);

  /** x + deviation z with z drawn beside x; draws nothing where the deviation is 0. */
  default Tensor add(Tensor x, double deviation) {
    return deviation > 0 ? x.plus(draw(x.shape()).to(x.device()), deviation) : x;
  }

  /** Image i of the batch draws from {@code images.get(i)}, which the caller owns. */
  static NoiseSource of(List<RandomSource> images) {
    return shape -> {
      if (shape[0] != images.size()) {
        throw new IllegalArgumentException(
            "noise for "
                + shape[0]
                + " images was requested of "
                + images.size()
                + " random sources; give one for each image");
      }
      long[] one = shape.clone();
      one[0] = 1;
      try (Scope scope = Scope.inference()) {
        Tensor[] rows = images.stream().map(r -> r.normal(one)).toArray(Tensor[]::new);
        return scope.keep(rows.length == 1 ? rows[0] : Tensor.cat(0, rows));
      }
    };
  }

  /**
   * Image i draws from seed {@code seed + i}, of 64 bits; the sources belong to the scope that is
   * open.
   */
  static NoiseSource seeded(long seed, int images) {
    return of(LongStream.range(0, images).mapToObj(i -> new RandomSource(seed + i)).toList());
  }

  /** All images draw from one stream, the first image first. */
  static NoiseSource shared(RandomSource random) {
    return random::normal;
  }

  /** For samplers that draw nothing. */
  static NoiseSource none() {
    return shape -> {
      throw new IllegalStateException(
          "no noise was expected but " + Arrays.toString(shape) + " was requested");
    };
  }
}
