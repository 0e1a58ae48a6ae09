package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.generate.Generator;
import io.github.tcd4j.evaluation.generate.ImageCache;
import io.github.tcd4j.evaluation.measure.ImageMeasure;
import io.github.tcd4j.evaluation.measure.Measurement;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.tensor.Scope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Measures points, each on the same captions with the same seeds.
 *
 * <pre>{@code
 * Experiment experiment = new Experiment(measures, new ImageCache(folder, 16), listener);
 * Results results = experiment.run(points, generator);
 * Files.writeString(folder.resolve("results.md"), results.table().markdown());
 * }</pre>
 */
public final class Experiment {
  private final List<ImageMeasure> measures;
  private final ImageCache cache;
  private final EvaluationListener listener;

  public Experiment(List<ImageMeasure> measures, ImageCache cache, EvaluationListener listener) {
    this.measures = List.copyOf(measures);
    this.cache = cache;
    this.listener = listener;
    if (measures.isEmpty()) {
      throw new IllegalArgumentException("an experiment needs something to measure");
    }
  }

  /** Generates and measures every point, in order. */
  public Results run(List<EvaluationPoint> points, Generator generator) {
    List<Measurement> measurements = new ArrayList<>();
    for (EvaluationPoint point : points) {
      listener.started(point, measurements.size() + 1, points.size());
      measurements.add(measure(point, generator));
    }
    return new Results(columns(), measurements);
  }

  /** Generates the missing images of one point and measures them. */
  public Measurement measure(EvaluationPoint point, Generator generator) {
    EvaluationPoint settled = generator.settle(point);
    Map<Column, Estimate> figures =
        figures(prompts -> cache.pictures(settled, prompts, generator, listener::generated));
    Measurement measurement = Measurement.of(settled, figures);
    listener.measured(measurement);
    return measurement;
  }

  /** Measures pictures that exist; those of prompts that have none are not measured. */
  public Measurement measure(String label, Map<Prompts, ImageSet> pictures) {
    Measurement measurement = new Measurement(label, null, figures(pictures::get));
    listener.measured(measurement);
    return measurement;
  }

  private Map<Column, Estimate> figures(Function<Prompts, ? extends @Nullable ImageSet> source) {
    Map<Prompts, ImageSet> sets = new HashMap<>();
    Map<Column, Estimate> figures = new LinkedHashMap<>();
    for (ImageMeasure measure : measures) {
      ImageSet pictures = sets.computeIfAbsent(measure.prompts(), source);
      if (pictures != null) {
        try (Scope scope = Scope.inference()) {
          figures.putAll(measure.measure(pictures));
        }
      }
    }
    return figures;
  }

  /** The figures of all measures, in their order. */
  public List<Column> columns() {
    return measures.stream().flatMap(m -> m.columns().stream()).distinct().toList();
  }
}
