package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.measure.Measurement;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.network.RowExtractor;
import io.github.tcd4j.evaluation.picture.PictureFile;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.score.Need;
import io.github.tcd4j.evaluation.score.PictureListener;
import io.github.tcd4j.evaluation.score.PictureMeasure;
import io.github.tcd4j.evaluation.score.PictureScores;
import io.github.tcd4j.evaluation.score.PictureSet;
import io.github.tcd4j.evaluation.score.ReferenceSource;
import io.github.tcd4j.evaluation.score.Score;
import io.github.tcd4j.evaluation.score.SetMeasurement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Measures of the registry on the pictures of all points: one network after the other is in memory
 * and sees them all, after the model that generated them has been freed.
 */
final class PublishedRun {
  private final MeasureSelection.Published selection;
  private final @Nullable ReferenceSource reference;
  private final Path cache;
  private final String captionSource;
  private final Bootstrap bootstrap;
  private final EvaluationListener listener;

  /** The prompts on whose pictures measures are taken. */
  private final Map<Prompts, List<PictureMeasure>> byPrompts = new LinkedHashMap<>();

  /**
   * @param reference null for none
   * @param cache folder of what the networks made of pictures
   * @param chosen prompts for measures that read no captions
   * @param aligned prompts for measures that do
   * @param captionSource names what the captions are from in protocols; may be empty
   */
  PublishedRun(
      MeasureSelection.Published selection,
      @Nullable ReferenceSource reference,
      Path cache,
      Prompts chosen,
      Prompts aligned,
      String captionSource,
      Bootstrap bootstrap,
      EvaluationListener listener) {
    this.selection = selection;
    this.reference = reference;
    this.cache = cache;
    this.captionSource = captionSource;
    this.bootstrap = bootstrap;
    this.listener = listener;
    for (PictureMeasure m : selection.measures()) {
      Prompts prompts = m.needs().contains(Need.CAPTIONS) ? aligned : chosen;
      byPrompts.computeIfAbsent(prompts, p -> new ArrayList<>()).add(m);
    }
  }

  /** The prompts whose pictures it needs. */
  Set<Prompts> prompts() {
    return byPrompts.keySet();
  }

  /** Refuses what cannot be measured, before anything is generated. */
  void check() {
    Once notes = new Once(0);
    byPrompts.forEach(
        (prompts, measures) -> {
          SetMeasurement measurement = measurement(measures, notes);
          for (PictureMeasure m : measures) {
            String label = "each set of the " + prompts.name();
            measurement.check(m, label, prompts.size(), true, selection.allowSmall());
          }
        });
  }

  /** Reads each network once: a wrong file of weights is known before hours of generation. */
  void open() {
    byPrompts.forEach((prompts, measures) -> measurement(measures, new Once(0)).open());
  }

  private SetMeasurement measurement(List<PictureMeasure> measures, PictureListener notes) {
    RowExtractor.Settings settings =
        new RowExtractor.Settings(
            selection.weights(), cache.resolve("reference"), selection.device(), selection.batch());
    return new SetMeasurement(measures, reference, settings, bootstrap, notes);
  }

  /**
   * The results with these figures.
   *
   * @param pictures for each measurement those of its prompts
   * @param files receives the figures of single pictures of each point
   */
  Results add(Results results, List<Map<Prompts, ImageSet>> pictures, EvaluationFiles files) {
    List<List<Score>> scores = new ArrayList<>();
    results.measurements().forEach(m -> scores.add(new ArrayList<>()));
    List<Column> columns = new ArrayList<>();
    byPrompts.forEach(
        (prompts, measures) -> {
          List<Integer> rows = new ArrayList<>();
          List<PictureSet> sets = new ArrayList<>();
          for (int i = 0; i < scores.size(); i++) {
            ImageSet own = pictures.get(i).get(prompts);
            if (own != null) {
              rows.add(i);
              sets.add(set(results.measurements().get(i), prompts, own));
            }
          }
          int total = sets.stream().mapToInt(s -> s.pictures().size()).sum();
          List<PictureScores> found = measurement(measures, new Once(total)).run(sets);
          for (int k = 0; k < rows.size(); k++) {
            scores.get(rows.get(k)).addAll(found.get(k).scores());
            String name = name(results.measurements().get(rows.get(k)));
            files.scores(name + "-" + prompts.name(), found.get(k));
          }
          measures.forEach(m -> columns.addAll(m.columns()));
        });
    return results.with(columns, scores);
  }

  private static String name(Measurement m) {
    EvaluationPoint point = m.point();
    return point == null ? m.label().replace(' ', '-') : point.slug();
  }

  private PictureSet set(Measurement m, Prompts prompts, ImageSet images) {
    EvaluationPoint point = m.point();
    String label = point == null ? m.label() : m.label() + " at " + point.steps() + " steps";
    List<PictureFile> files =
        images.files(cache.resolve("real")).stream()
            .map(f -> new PictureFile(f, String.valueOf(f.getFileName())))
            .toList();
    Path own = cache.resolve(name(m) + "-" + images.identity().replace(' ', '-'));
    return new PictureSet(label, files, prompts.captions(), captionSource, own);
  }

  /** Passes each note on once, and counts the pictures of all sets together. */
  private final class Once implements PictureListener {
    private final Set<String> known = new HashSet<>();
    private final int total;
    private String network = "";
    private int before;
    private int knownBefore;

    Once(int total) {
      this.total = total;
    }

    @Override
    public void note(String message) {
      if (known.add(message)) {
        listener.note(message);
      }
    }

    @Override
    public void progress(String what, int done, int count, int knownRows) {
      int on = what.indexOf(" on ");
      String name = what.substring(0, on);
      if (reference != null && what.substring(on + 4).equals(reference.label())) {
        listener.scored(what, done, count, knownRows);
        return;
      }
      if (!name.equals(network)) {
        network = name;
        before = 0;
        knownBefore = 0;
      }
      listener.scored(name, before + done, total, knownBefore + knownRows);
      if (done == count) {
        before += count;
        knownBefore += knownRows;
      }
    }
  }
}
