package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.network.BrokenPicture;
import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.network.NetworkSources;
import io.github.tcd4j.evaluation.network.PictureRows;
import io.github.tcd4j.evaluation.network.RowExtractor;
import io.github.tcd4j.evaluation.picture.PictureFolder;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Measures a folder of pictures, or two: one network after the other is read, looks at all
 * pictures, and is freed. What the networks made of a picture is kept, so a run that was stopped
 * goes on where it was.
 *
 * <pre>{@code
 * PictureResults results = new PictureEvaluation(request, PictureListener.SILENT).run();
 * }</pre>
 */
public final class PictureEvaluation {
  private static final int RESAMPLES = 1000;
  private static final long SEED = 0;

  private final PictureRequest request;
  private final PictureListener listener;
  private final Bootstrap bootstrap = Bootstrap.of(RESAMPLES, SEED);
  private final Set<String> notes = new LinkedHashSet<>();

  /** For each folder the figures by the name of the measure. */
  private final List<Map<String, List<Score>>> scores = new ArrayList<>();

  private final List<@Nullable PictureRows> read = new ArrayList<>();

  public PictureEvaluation(PictureRequest request, PictureListener listener) {
    this.request = request;
    this.listener = listener;
  }

  /** Measures, to the end. */
  public PictureResults run() {
    PictureInputs inputs = PictureInputs.of(request, this::note);
    for (int i = 0; i < inputs.folders().size(); i++) {
      scores.add(new LinkedHashMap<>());
      read.add(null);
    }
    Map<String, List<PictureMeasure>> byNetwork = new LinkedHashMap<>();
    for (PictureMeasure m : inputs.measures()) {
      byNetwork.computeIfAbsent(m.network().name(), n -> new ArrayList<>()).add(m);
    }
    Path statistics = request.statistics();
    NetworkSource inception = NetworkSources.inception(request.mode());
    if (statistics != null) {
      byNetwork.computeIfAbsent(inception.name(), n -> new ArrayList<>());
    }
    for (Map.Entry<String, List<PictureMeasure>> e : byNetwork.entrySet()) {
      List<PictureMeasure> measures = e.getValue();
      network(inputs, measures.isEmpty() ? inception : measures.get(0).network(), measures);
    }
    return results(inputs);
  }

  private void note(String text) {
    if (notes.add(text)) {
      listener.note(text);
    }
  }

  /** All measures of one network. */
  private void network(PictureInputs inputs, NetworkSource source, List<PictureMeasure> measures) {
    RowExtractor.Settings settings =
        new RowExtractor.Settings(
            request.weights(), request.cache(), request.device(), request.batch());
    try (RowExtractor extractor = new RowExtractor(source, settings, listener)) {
      ReferenceSet reference = reference(inputs, extractor, measures);
      for (int i = 0; i < inputs.folders().size(); i++) {
        PictureRows rows = rows(inputs.folders().get(i), inputs.captions().get(i), extractor);
        read.set(i, rows);
        Path statistics = request.statistics();
        boolean inception = source.name().equals(NetworkSources.inception(request.mode()).name());
        if (i == 0 && statistics != null && inception) {
          requireCount(2, "statistics", rows);
          FeatureStatistics.write(
              statistics, FidMeasure.features(rows.rows()), extractor.identity());
        }
        boolean reads = measures.stream().anyMatch(PictureMeasure::readsTexts);
        Tensor texts = reads ? extractor.texts(rows.captions()) : null;
        for (PictureMeasure m : measures) {
          requireCount(m.least(), m.name(), rows);
          Sample sample =
              new Sample(
                  extractor.identity(),
                  rows,
                  m.readsTexts() ? texts : null,
                  compares(m) ? reference : null,
                  bootstrap);
          scores.get(i).put(m.name(), m.measure(sample));
        }
      }
    }
  }

  private static boolean compares(PictureMeasure m) {
    return m.needs().contains(Need.REFERENCE) || m.needs().contains(Need.REFERENCE_PICTURES);
  }

  private static void requireCount(int least, String name, PictureRows rows) {
    if (rows.pictures().size() < least) {
      throw new InvalidRequestException(
          name
              + " needs at least "
              + least
              + " pictures but only "
              + rows.pictures().size()
              + " could be read");
    }
  }

  private @Nullable ReferenceSet reference(
      PictureInputs inputs, RowExtractor extractor, List<PictureMeasure> measures) {
    if (measures.stream().noneMatch(PictureEvaluation::compares)) {
      return null;
    }
    Path statistics = inputs.statistics();
    if (statistics != null) {
      return FeatureStatistics.read(statistics, extractor.identity());
    }
    PictureFolder folder = inputs.reference();
    if (folder == null) {
      return null;
    }
    PictureRows rows = rows(folder, List.of(), extractor);
    measures.forEach(m -> requireCount(m.least(), m.name(), rows));
    return new ReferenceSet(rows.identity() + " n=" + rows.pictures().size(), rows.rows(), null);
  }

  private PictureRows rows(PictureFolder folder, List<String> captions, RowExtractor extractor) {
    PictureRows rows = extractor.pictures(folder.pictures(), captions);
    List<BrokenPicture> broken = rows.broken();
    if (!broken.isEmpty()) {
      BrokenPicture first = broken.get(0);
      note(
          broken.size()
              + " of "
              + folder.pictures().size()
              + " pictures in "
              + folder.root()
              + " could not be read and were left out, the first is "
              + first.picture().name()
              + ": "
              + first.fault());
    }
    return rows;
  }

  private PictureResults results(PictureInputs inputs) {
    List<PictureScores> folders = new ArrayList<>();
    for (int i = 0; i < scores.size(); i++) {
      PictureRows rows = read.get(i);
      if (rows == null) {
        throw new IllegalStateException("no network looked at " + inputs.folders().get(i).root());
      }
      Map<String, String> captions = new LinkedHashMap<>();
      for (int k = 0; k < rows.captions().size(); k++) {
        captions.put(rows.pictures().get(k).name(), rows.captions().get(k));
      }
      List<Score> figures = new ArrayList<>();
      for (PictureMeasure m : inputs.measures()) {
        figures.addAll(scores.get(i).getOrDefault(m.name(), List.of()));
      }
      folders.add(
          new PictureScores(
              String.valueOf(inputs.folders().get(i).root()),
              rows.pictures(),
              captions,
              rows.broken(),
              figures));
    }
    List<Difference> differences =
        folders.size() < 2 ? List.of() : Difference.of(folders.get(0), folders.get(1), bootstrap);
    return new PictureResults(folders, differences, List.copyOf(notes));
  }
}
