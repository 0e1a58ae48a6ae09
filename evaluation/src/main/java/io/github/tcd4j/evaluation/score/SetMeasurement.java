package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.network.BrokenPicture;
import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.network.PictureRows;
import io.github.tcd4j.evaluation.network.RowExtractor;
import io.github.tcd4j.evaluation.picture.PictureFile;
import io.github.tcd4j.evaluation.preprocess.PicturePrep;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Measures sets of pictures: one network after the other is read, sees the reference and all sets,
 * and is freed. What the networks made of a picture is kept, so a run that was stopped goes on
 * where it was.
 */
public final class SetMeasurement {
  private final List<PictureMeasure> measures;
  private final @Nullable ReferenceSource reference;
  private final RowExtractor.Settings settings;
  private final Bootstrap bootstrap;
  private final PictureListener listener;

  /**
   * @param reference null for none
   * @param settings weights, device and the folder of known rows of sets without one of their own
   * @param listener hears each fact once if it asks for that itself
   */
  public SetMeasurement(
      List<PictureMeasure> measures,
      @Nullable ReferenceSource reference,
      RowExtractor.Settings settings,
      Bootstrap bootstrap,
      PictureListener listener) {
    this.measures = List.copyOf(measures);
    this.reference = reference;
    this.settings = settings;
    this.bootstrap = bootstrap;
    this.listener = listener;
  }

  /** Reports pictures that could not be read. */
  @FunctionalInterface
  interface Broken {
    void note(String label, int of, List<BrokenPicture> broken);
  }

  /**
   * Refuses what cannot be measured before anything is computed.
   *
   * @param label names the pictures
   * @param count how many they are
   * @param captioned whether each has a caption
   * @param allowSmall whether figures that few pictures bias are given
   */
  public void check(
      PictureMeasure m, String label, int count, boolean captioned, boolean allowSmall) {
    boolean pictures = m.needs().contains(Need.REFERENCE_PICTURES);
    ReferenceSource real = reference;
    if (compares(m) && real == null) {
      throw new InvalidRequestException(
          m.name() + " compares the pictures with others and needs a reference", Hint.REFERENCE);
    }
    if (pictures && real != null && !real.hasPictures()) {
      throw new InvalidRequestException(
          m.name()
              + " needs reference pictures: the statistics in "
              + real.statistics()
              + " hold only a mean and a covariance");
    }
    if (m.needs().contains(Need.CAPTIONS) && !captioned) {
      throw new InvalidRequestException(
          m.name() + " needs the caption of each picture", Hint.CAPTIONS);
    }
    m.network().require(settings.weights());
    checkCount(m, label, count, allowSmall);
    if (compares(m) && real != null && real.hasPictures()) {
      checkCount(m, real.label(), real.pictures().size(), allowSmall);
    }
  }

  private void checkCount(PictureMeasure m, String label, int count, boolean allowSmall) {
    if (count < m.least()) {
      throw new InvalidRequestException(
          m.name() + " needs at least " + m.least() + " pictures but " + label + " has " + count);
    }
    if (count < m.leastUnbiased()) {
      String small = m.name() + " of " + count + " pictures in " + label;
      if (!allowSmall) {
        throw new InvalidRequestException(
            small + " would be biased upwards: it needs at least " + m.leastUnbiased(),
            Hint.SMALL_SAMPLE);
      }
      noteBias(small);
    }
  }

  private void noteBias(String figure) {
    listener.note(
        figure
            + " is biased upwards, by about a constant over their number: compare it only with that"
            + " of as many pictures");
  }

  /** Where broken files left fewer than the folder seemed to have. */
  private void noteLost(PictureMeasure m, String label, int listed, int read) {
    if (listed >= m.leastUnbiased() && read < m.leastUnbiased()) {
      noteBias(m.name() + " of the " + read + " pictures in " + label + " that could be read");
    }
  }

  /** Reads every network once, so that a wrong file of weights is known before hours of work. */
  public void open() {
    byNetwork()
        .forEach(
            (name, own) -> {
              try (RowExtractor extractor = extractor(own)) {
                extractor.open();
              }
            });
  }

  /**
   * Reads those networks once whose turn comes after another's and of which no row is known, so
   * that a wrong file of weights is known at the start.
   */
  void openLater() {
    byNetwork().values().stream()
        .skip(1)
        .forEach(
            own -> {
              try (RowExtractor extractor = extractor(own)) {
                extractor.openIfUnknown();
              }
            });
  }

  /** The figures of each set, in the order of the sets. */
  public List<PictureScores> run(List<PictureSet> sets) {
    List<Found> found = new ArrayList<>();
    sets.forEach(set -> found.add(new Found(set)));
    byNetwork().forEach((name, own) -> network(own, found));
    return found.stream().map(f -> f.scores(measures)).toList();
  }

  private Map<String, List<PictureMeasure>> byNetwork() {
    Map<String, List<PictureMeasure>> byNetwork = new LinkedHashMap<>();
    for (PictureMeasure m : measures) {
      byNetwork.computeIfAbsent(m.network().name(), n -> new ArrayList<>()).add(m);
    }
    return byNetwork;
  }

  private RowExtractor extractor(List<PictureMeasure> own) {
    NetworkSource source = own.get(0).network();
    return new RowExtractor(source, settings, listener);
  }

  /** All measures of one network. */
  private void network(List<PictureMeasure> own, List<Found> found) {
    try (RowExtractor extractor = extractor(own)) {
      ReferenceSet real = null;
      try {
        if (reference != null && own.stream().anyMatch(SetMeasurement::compares)) {
          real = reference.read(extractor, this::noteBroken);
          Tensor rows = real.rows();
          if (rows != null) {
            int count = Math.toIntExact(rows.size(0));
            own.forEach(m -> requireCount(m.least(), m.name(), count));
          }
        }
        for (Found f : found) {
          measure(extractor, own, f, real);
        }
      } finally {
        if (real != null) {
          real.close();
        }
      }
    }
  }

  private void measure(
      RowExtractor extractor, List<PictureMeasure> own, Found found, @Nullable ReferenceSet real) {
    PictureSet set = found.set;
    Path cache = set.cache();
    if (cache != null) {
      extractor.use(cache);
    }
    boolean reads = own.stream().anyMatch(PictureMeasure::readsTexts);
    try (PictureRows rows =
        extractor.pictures(set.label(), set.pictures(), set.captions(), PicturePrep.NONE)) {
      noteBroken(set.label(), set.pictures().size(), rows.broken());
      found.read(rows);
      Tensor texts = reads ? extractor.texts(rows.captions()) : null;
      try {
        for (PictureMeasure m : own) {
          requireCount(m.least(), m.name(), rows.pictures().size());
          noteLost(m, set.label(), set.pictures().size(), rows.pictures().size());
          Sample sample =
              new Sample(
                  extractor.identity(),
                  rows,
                  m.readsTexts() ? texts : null,
                  set.captionSource(),
                  compares(m) ? real : null,
                  bootstrap);
          found.figures.put(m.name(), m.measure(sample));
        }
      } finally {
        if (texts != null) {
          texts.close();
        }
      }
    }
  }

  static boolean compares(PictureMeasure m) {
    return m.needs().contains(Need.REFERENCE) || m.needs().contains(Need.REFERENCE_PICTURES);
  }

  private static void requireCount(int least, String name, int count) {
    if (count < least) {
      throw new InvalidRequestException(
          name + " needs at least " + least + " pictures but only " + count + " could be read");
    }
  }

  private void noteBroken(String label, int of, List<BrokenPicture> broken) {
    if (!broken.isEmpty()) {
      BrokenPicture first = broken.get(0);
      listener.note(
          broken.size()
              + " of "
              + of
              + " pictures in "
              + label
              + " could not be read and were left out, the first is "
              + first.picture().name()
              + ": "
              + first.fault());
    }
  }

  /** What is known of a set so far. */
  private static final class Found {
    private final PictureSet set;
    private final Map<String, List<Score>> figures = new LinkedHashMap<>();
    private List<PictureFile> pictures = List.of();
    private List<BrokenPicture> broken = List.of();
    private final Map<String, String> captions = new LinkedHashMap<>();

    Found(PictureSet set) {
      this.set = set;
    }

    void read(PictureRows rows) {
      pictures = rows.pictures();
      broken = rows.broken();
      for (int k = 0; k < rows.captions().size(); k++) {
        captions.put(rows.pictures().get(k).name(), rows.captions().get(k));
      }
    }

    PictureScores scores(List<PictureMeasure> measures) {
      List<Score> all = new ArrayList<>();
      measures.forEach(m -> all.addAll(figures.getOrDefault(m.name(), List.of())));
      return new PictureScores(set.label(), pictures, captions, broken, all);
    }
  }
}
