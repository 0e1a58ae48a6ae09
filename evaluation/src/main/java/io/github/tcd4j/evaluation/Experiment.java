package io.github.tcd4j.evaluation;

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
 * Measures setups, each on the same captions with the same seeds.
 *
 * <pre>{@code
 * Experiment experiment = new Experiment(measures, new PictureCache(folder, 16), listener);
 * Results results = experiment.run(setups, painter);
 * Files.writeString(folder.resolve("results.md"), results.table().markdown());
 * }</pre>
 */
public final class Experiment {
  private final List<PictureMeasure> measures;
  private final PictureCache cache;
  private final EvaluationListener listener;

  public Experiment(
      List<PictureMeasure> measures, PictureCache cache, EvaluationListener listener) {
    this.measures = List.copyOf(measures);
    this.cache = cache;
    this.listener = listener;
    if (measures.isEmpty()) {
      throw new IllegalArgumentException("an experiment needs something to measure");
    }
  }

  /** Paints and measures every setup, in order. */
  public Results run(List<Setup> setups, Painter painter) {
    List<Measurement> measurements = new ArrayList<>();
    for (Setup setup : setups) {
      listener.started(setup, measurements.size() + 1, setups.size());
      measurements.add(measure(setup, painter));
    }
    return new Results(columns(), measurements);
  }

  /** Paints what is missing for one setup and measures it. */
  public Measurement measure(Setup setup, Painter painter) {
    Setup settled = painter.settle(setup);
    Map<Column, Estimate> figures =
        figures(prompts -> cache.pictures(settled, prompts, painter, listener));
    Measurement measurement = Measurement.of(settled, figures);
    listener.measured(measurement);
    return measurement;
  }

  /** Measures pictures that exist; those of prompts that have none are not measured. */
  public Measurement measure(String label, Map<Prompts, PictureSet> pictures) {
    Measurement measurement = new Measurement(label, null, figures(pictures::get));
    listener.measured(measurement);
    return measurement;
  }

  private Map<Column, Estimate> figures(Function<Prompts, ? extends @Nullable PictureSet> source) {
    Map<Prompts, PictureSet> sets = new HashMap<>();
    Map<Column, Estimate> figures = new LinkedHashMap<>();
    for (PictureMeasure measure : measures) {
      PictureSet pictures = sets.computeIfAbsent(measure.prompts(), source);
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
