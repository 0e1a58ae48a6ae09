package io.github.tcd4j.cli.options;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How many pictures, and from which seed on. */
public class SeedOptions {
  /** Seeds that nobody chose are short enough to be typed again. */
  private static final long SEEDS = 1L << 32;

  @Option(
      names = "--seed",
      paramLabel = "N",
      converter = SeedConverter.class,
      description = "Seed of the first picture; the next have N + 1, N + 2, ... Default: random.")
  @Nullable Long seed;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Pictures of each prompt, or of each picture that is enlarged. Default: 1.")
  public int count = 1;

  /** Chosen once, so that all prompts and pictures have the same. */
  public long seed() {
    if (seed == null) {
      seed = new SplittableRandom().nextLong(SEEDS);
    }
    return seed;
  }
}
