package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

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
  static final int RESAMPLES = 1000;
  static final long SEED = 0;

  /** From so many pictures on a network computes for longer than all of them are read. */
  static final int MANY = 200;

  /** The network whose features have statistics. */
  private static final String INCEPTION = "inception";

  private final PictureRequest request;
  private final PictureMeasures registry;
  private final PictureListener listener;
  private final Bootstrap bootstrap = Bootstrap.of(RESAMPLES, SEED);
  private final Set<String> notes = new LinkedHashSet<>();

  /** Of the published measures. */
  public PictureEvaluation(PictureRequest request, PictureListener listener) {
    this(request, PictureMeasures.published(request.mode()), listener);
  }

  /** Of measures of one's own. */
  public PictureEvaluation(
      PictureRequest request, PictureMeasures registry, PictureListener listener) {
    this.request = request;
    this.registry = registry;
    this.listener = listener;
  }

  /** Measures, to the end. */
  public PictureResults run() {
    PictureInputs inputs = PictureInputs.of(request, registry, this::note);
    List<PictureMeasure> measures = new ArrayList<>(inputs.measures());
    Path statistics = request.statistics();
    if (statistics != null) {
      measures.add(new StatisticsFile(inception(), statistics));
    }
    SetMeasurement measurement = inputs.measurement(request, measures, once());
    if (inputs.folders().stream().mapToInt(f -> f.pictures().size()).sum() >= MANY) {
      measurement.openLater();
    }
    List<PictureScores> folders = measurement.run(inputs.sets());
    List<Difference> differences =
        folders.size() < 2 ? List.of() : Difference.of(folders.get(0), folders.get(1), bootstrap);
    return new PictureResults(folders, differences, List.copyOf(notes));
  }

  private NetworkSource inception() {
    return registry.all().stream()
        .map(PictureMeasure::network)
        .filter(n -> n.name().equals(INCEPTION))
        .findFirst()
        .orElseThrow(() -> new InvalidRequestException("no measure has the network " + INCEPTION));
  }

  private void note(String text) {
    if (notes.add(text)) {
      listener.note(text);
    }
  }

  /** Passes each note on once. */
  private PictureListener once() {
    return new PictureListener() {
      @Override
      public void note(String message) {
        PictureEvaluation.this.note(message);
      }

      @Override
      public void progress(String what, int done, int total, int known) {
        listener.progress(what, done, total, known);
      }
    };
  }

  /** Writes the statistics of the first set that it sees, and has no figure. */
  private static final class StatisticsFile implements PictureMeasure {
    private final NetworkSource network;
    private final Path file;
    private boolean written;

    StatisticsFile(NetworkSource network, Path file) {
      this.network = network;
      this.file = file;
    }

    @Override
    public String name() {
      return "statistics";
    }

    @Override
    public List<Column> columns() {
      return List.of();
    }

    @Override
    public Set<Need> needs() {
      return Set.of();
    }

    @Override
    public NetworkSource network() {
      return network;
    }

    @Override
    public int least() {
      return 2;
    }

    @Override
    public List<Score> measure(Sample sample) {
      if (!written) {
        try (Scope scope = Scope.inference()) {
          FeatureStatistics.write(
              file, FidMeasure.features(sample.pictures().rows()), sample.network());
        }
        written = true;
      }
      return List.of();
    }
  }
}
