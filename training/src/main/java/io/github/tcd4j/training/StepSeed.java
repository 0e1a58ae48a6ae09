package io.github.tcd4j.training;

import io.github.tcd4j.data.SplitMix64;

/** The seed of one micro-batch, a function of the run's seed, the step and the micro-batch. */
final class StepSeed {
  private StepSeed() {}

  static long of(long seed, long step, int micro) {
    return first(first(first(seed) + step) + micro);
  }

  /** The first number from {@code seed}: near seeds give unrelated ones. */
  private static long first(long seed) {
    return new SplitMix64(seed).next();
  }
}
