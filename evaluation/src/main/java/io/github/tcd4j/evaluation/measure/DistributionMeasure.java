package io.github.tcd4j.evaluation.measure;

import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.feature.FeatureCache;
import io.github.tcd4j.evaluation.feature.FeatureSpace;
import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.metric.FrechetDistance;
import io.github.tcd4j.evaluation.metric.KernelDistance;
import io.github.tcd4j.evaluation.metric.Moments;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * How far the generated pictures, taken together, lie from real ones: Fréchet and kernel distance
 * of their features. The reference belongs to the scope in which this is made.
 */
public final class DistributionMeasure implements ImageMeasure {
  public static final Column FD =
      new Column(
          "fd",
          "FD",
          Better.LOWER,
          1,
          "squared Fréchet distance between generated and real pictures in the features of the"
              + " text-image pair; not the FID of Inception features");

  /** A thousand times the kernel distance, which is a small number. */
  public static final Column KID =
      new Column(
          "kid_x1000",
          "KID x1000",
          Better.LOWER,
          1,
          "a thousand times the unbiased kernel distance in the same features");

  private final Prompts prompts;
  private final FeatureSpace space;
  private final FeatureCache cache;
  private final FrechetDistance frechet;
  private final KernelDistance kernel;
  private final Bootstrap rows;
  private final Bootstrap moments;

  /**
   * @param reference the real pictures, as many as there are
   * @param rows resamples of the kernel distance
   * @param moments resamples of the Fréchet distance, each of which costs an eigendecomposition
   */
  public DistributionMeasure(
      Prompts prompts,
      ImageSet reference,
      FeatureSpace space,
      FeatureCache cache,
      Bootstrap rows,
      Bootstrap moments) {
    this.prompts = prompts;
    this.space = space;
    this.cache = cache;
    this.rows = rows;
    this.moments = moments;
    Tensor features = cache.features(reference, space);
    frechet = FrechetDistance.to(Moments.of(features));
    kernel = KernelDistance.to(features);
  }

  @Override
  public Prompts prompts() {
    return prompts;
  }

  @Override
  public List<Column> columns() {
    return List.of(FD, KID);
  }

  @Override
  public Map<Column, Estimate> measure(ImageSet pictures) {
    try (Scope scope = Scope.inference()) {
      Tensor features = cache.features(pictures, space);
      return Map.of(
          FD, frechet.estimate(features, moments),
          KID, kernel.estimate(features, rows).times(1000));
    }
  }
}
