package io.github.tcd4j.evaluation.measure;

import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.feature.FeatureCache;
import io.github.tcd4j.evaluation.feature.TextFeatureSpace;
import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.metric.ClipScore;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.metric.Retrieval;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether each picture shows what its caption says: CLIP score, and how often its own caption is
 * the nearest, or among the 5 nearest, of all candidates.
 */
public final class AlignmentMeasure implements ImageMeasure {
  public static final Column CLIP_SCORE =
      new Column(
          "clip_score",
          "CLIP score",
          Better.HIGHER,
          1,
          "100 times the cosine between picture and caption in the text-image pair");
  public static final Column TOP1 =
      new Column(
          "top1",
          "top-1 %",
          Better.HIGHER,
          1,
          "pictures whose own caption is the nearest of all candidates");
  public static final Column TOP5 =
      new Column(
          "top5",
          "top-5 %",
          Better.HIGHER,
          1,
          "pictures whose own caption is among the five nearest candidates");

  private final Prompts prompts;
  private final List<String> candidates;
  private final int[] own;
  private final TextFeatureSpace space;
  private final FeatureCache cache;
  private final Bootstrap bootstrap;

  /**
   * @param candidates different captions, those of the prompts among them
   */
  public AlignmentMeasure(
      Prompts prompts,
      List<String> candidates,
      TextFeatureSpace space,
      FeatureCache cache,
      Bootstrap bootstrap) {
    this.prompts = prompts;
    this.candidates = List.copyOf(candidates);
    this.space = space;
    this.cache = cache;
    this.bootstrap = bootstrap;
    Map<String, Integer> rows = new HashMap<>();
    for (String candidate : candidates) {
      if (rows.put(candidate, rows.size()) != null) {
        throw new InvalidRequestException("candidate '" + candidate + "' is listed twice");
      }
    }
    own = new int[prompts.size()];
    for (int i = 0; i < own.length; i++) {
      Integer row = rows.get(prompts.captions().get(i));
      if (row == null) {
        throw new InvalidRequestException(
            "caption '" + prompts.captions().get(i) + "' is not among the candidates");
      }
      own[i] = row;
    }
  }

  @Override
  public Prompts prompts() {
    return prompts;
  }

  @Override
  public List<Column> columns() {
    return List.of(CLIP_SCORE, TOP1, TOP5);
  }

  @Override
  public Map<Column, Estimate> measure(ImageSet pictures) {
    try (Scope scope = Scope.inference()) {
      Tensor images = cache.features(pictures, space);
      Tensor texts = space.texts(candidates);
      long[] rows = Arrays.stream(own).asLongStream().toArray();
      double[] scores = ClipScore.of(images, texts.indexSelect(0, Tensor.of(rows)));
      int[] ranks = Retrieval.ranks(images, texts, own);
      return Map.of(
          CLIP_SCORE, bootstrap.mean(scores),
          TOP1, bootstrap.mean(Retrieval.hits(ranks, 1)).times(100),
          TOP5, bootstrap.mean(Retrieval.hits(ranks, 5)).times(100));
    }
  }
}
