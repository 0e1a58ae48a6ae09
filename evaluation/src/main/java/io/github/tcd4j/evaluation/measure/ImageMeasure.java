package io.github.tcd4j.evaluation.measure;

import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import java.util.List;
import java.util.Map;

/** What is measured on the pictures of some captions. */
public interface ImageMeasure {
  /** The captions to generate; measures with equal prompts share the pictures. */
  Prompts prompts();

  /** The figures that it gives, in the order in which to show them. */
  List<Column> columns();

  /** Measures one picture for each of the prompts, in their order. */
  Map<Column, Estimate> measure(ImageSet pictures);
}
