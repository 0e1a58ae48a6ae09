package io.github.tcd4j.benchmarks;

import io.github.tcd4j.evaluation.metric.FrechetDistance;
import io.github.tcd4j.evaluation.metric.Moments;
import io.github.tcd4j.evaluation.score.FeatureStatistics;
import io.github.tcd4j.evaluation.score.ReferenceSet;
import io.github.tcd4j.tensor.Scope;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The Fréchet distance between two files of statistics, for {@code oracle/check_frechet.py}.
 * Arguments: two {@code .npz} files.
 */
public final class FrechetOfStatistics {
  private FrechetOfStatistics() {}

  public static void main(String[] args) {
    try (Scope scope = Scope.inference();
        ReferenceSet sample = FeatureStatistics.read(Path.of(args[0]), "");
        ReferenceSet reference = FeatureStatistics.read(Path.of(args[1]), "")) {
      Moments moments = Objects.requireNonNull(sample.moments());
      Moments real = Objects.requireNonNull(reference.moments());
      System.out.println(FrechetDistance.to(real).from(moments));
    }
  }
}
