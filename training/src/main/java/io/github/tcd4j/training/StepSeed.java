package io.github.tcd4j.training;

/** The seed of one micro-batch, a function of the run's seed, the step and the micro-batch. */
final class StepSeed {
  private StepSeed() {}

  static long of(long seed, long step, int micro) {
    return mix(mix(mix(seed) + step) + micro);
  }

  /** The finaliser of SplitMix64: near seeds give unrelated streams. */
  private static long mix(long z) {
    long x = z + 0x9E3779B97F4A7C15L;
    x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
    return x ^ (x >>> 31);
  }
}
