package io.github.tcd4j.evaluation.generate;

import io.github.tcd4j.images.Image;
import java.util.List;

/** Generates images: a model in a pipeline, or a stand-in in a test. */
public interface Generator {
  /**
   * The point with the defaults filled in that would be used, and the number of network evaluations
   * that one of its images costs.
   */
  EvaluationPoint settle(EvaluationPoint point);

  /** The model and whatever else determines the images besides point, captions and seeds. */
  String identity(EvaluationPoint point);

  /** Frees what it holds: nothing more will be asked of it. */
  default void release() {}

  /** One picture for each caption, picture i from {@code seed + i}; all of one size. */
  List<Image> generate(EvaluationPoint point, List<String> captions, long seed);
}
