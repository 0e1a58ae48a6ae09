package io.github.tcd4j.evaluation.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.evaluation.ColourGenerator;
import io.github.tcd4j.evaluation.Formula;
import io.github.tcd4j.evaluation.dataset.EvaluationData;
import io.github.tcd4j.evaluation.generate.SamplerConfig;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.network.PictureNetwork;
import io.github.tcd4j.evaluation.preprocess.MeanColours;
import io.github.tcd4j.evaluation.preprocess.PicturePrep;
import io.github.tcd4j.evaluation.preprocess.Preprocessor;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.score.Need;
import io.github.tcd4j.evaluation.score.PictureMeasure;
import io.github.tcd4j.evaluation.score.ReferenceSource;
import io.github.tcd4j.evaluation.score.Sample;
import io.github.tcd4j.evaluation.score.Score;
import io.github.tcd4j.evaluation.score.Spread;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The registry's measures on a grid, of COCO's captions, with stand-ins for model and networks. */
class PublishedRunTest {
  private static final int CAPTIONS = 50;

  private static final Preprocessor COLOURS = new MeanColours("colours");

  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger seen = new AtomicInteger();
  private final List<String> notes = new ArrayList<>();
  private int stopAt = Integer.MAX_VALUE;
  private Duration left = Duration.ZERO;

  @TempDir Path root;

  @BeforeEach
  void prepare() throws IOException {
    Engine.threads(1);
    Files.createDirectories(root.resolve("weights"));
    Files.createDirectories(root.resolve("real"));
    for (int i = 0; i < 5; i++) {
      Image image = Formula.blocks("real" + i, 24, 16, 4);
      PngWriter.write(root.resolve("real/" + i + ".png"), image, Map.of());
    }
    StringBuilder coco = new StringBuilder("{\"annotations\": [");
    for (int i = 0; i < 2 * CAPTIONS; i++) {
      // Two captions a picture, of which some are those of other pictures too.
      coco.append(i == 0 ? "" : ",").append("{\"image_id\":").append(i / 2);
      coco.append(",\"id\":").append(1000 - i).append(",\"caption\":\"square ");
      coco.append(i % 7).append("\"}");
    }
    Files.writeString(root.resolve("captions.json"), coco.append("]}"));
  }

  private NetworkSource network(String name) throws IOException {
    Files.writeString(root.resolve("weights").resolve(name), name);
    return new NetworkSource(
        name, List.of(List.of(name)), COLOURS, false, (weights, device) -> stub());
  }

  private PictureNetwork stub() {
    open.incrementAndGet();
    return (pixels, captions) -> {
      if (seen.addAndGet(Math.toIntExact(pixels.size(0))) > stopAt) {
        throw new CancellationException("killed");
      }
      try (Scope scope = Scope.inference()) {
        return scope.keep(pixels.reshape(-1, 3).plus(0));
      }
    };
  }

  /** The mean of one colour, minus that of the reference where there is one. */
  private record Colour(String name, NetworkSource network, int colour, Set<Need> needs)
      implements PictureMeasure {
    @Override
    public List<Column> columns() {
      return List.of(new Column(name, name, Column.Better.LOWER, 3, "mean of a colour"));
    }

    @Override
    public int least() {
      return 2;
    }

    @Override
    public int leastUnbiased() {
      return needs.contains(Need.REFERENCE) ? 4 : 0;
    }

    private static double[] column(Tensor rows, int colour) {
      return rows.select(1, colour).to(DType.F64).toDoubleArray();
    }

    @Override
    public List<Score> measure(Sample sample) {
      try (Scope scope = Scope.inference()) {
        double[] each = column(sample.pictures().rows(), colour);
        if (needs.contains(Need.REFERENCE)) {
          double[] real = column(sample.requireReference().requireRows(), colour);
          double mean = java.util.Arrays.stream(real).average().orElseThrow();
          for (int i = 0; i < each.length; i++) {
            each[i] = Math.abs(each[i] - mean);
          }
        }
        Estimate estimate = sample.bootstrap().mean(each);
        String protocol = sample.protocol(name, "mean");
        return List.of(
            new Score(
                columns().get(0), estimate, 1, sample.count(), protocol, Spread.BOOTSTRAP, each));
      }
    }
  }

  private EvaluationSettings settings(boolean allowSmall, int limit) throws IOException {
    ReferenceSource real =
        ReferenceSource.at(root.resolve("real"), PicturePrep.parse("center-crop:8"), null);
    NetworkSource one = network("one");
    List<PictureMeasure> measures =
        List.of(
            new Colour("red", one, 0, Set.of(Need.REFERENCE)),
            new Colour("green", network("two"), 1, Set.of(Need.CAPTIONS)),
            new Colour("blue", one, 2, Set.of()));
    MeasureSelection selection =
        new MeasureSelection(
            Set.of(),
            new MeasureSelection.Published(
                measures, real, root.resolve("weights"), allowSmall, Device.CPU, 16));
    return EvaluationSettings.of(
            root.resolve("no-pair"),
            List.of(SamplerConfig.of("TCD", "tcd"), SamplerConfig.of("Euler", "euler")),
            List.of(2, 4),
            new EvaluationData(null, 0, root.resolve("captions.json"), limit, List.of()),
            root.resolve("out"))
        .with(selection);
  }

  private Results run(EvaluationSettings settings, ColourGenerator generator) {
    return new EvaluationRun(
            settings,
            generator,
            shards -> List.of(),
            new EvaluationListener() {
              @Override
              public void note(String message) {
                notes.add(message);
              }

              @Override
              public void remaining(Duration time) {
                left = time;
              }
            })
        .run();
  }

  @Test
  void everyFigureHasItsProtocolInEveryFile() throws IOException {
    Results results = run(settings(false, CAPTIONS), new ColourGenerator());
    assertThat(results.columns()).extracting(Column::id).containsExactly("red", "green", "blue");
    assertThat(results.measurements())
        .hasSize(4)
        .allSatisfy(m -> assertThat(m.scores()).hasSize(3));
    String protocol = results.protocols(results.columns().get(0)).iterator().next();
    assertThat(protocol)
        .matches(
            "red; one@[0-9a-f]{12}, colours, f32; mean; reference [0-9a-f]{12} n=5 center-crop:8;"
                + " captions [0-9a-f]{12} of COCO manifest [0-9a-f]{12} n=50; n=50");
    for (String name : List.of("results.md", "results.csv", "results.json")) {
      assertThat(root.resolve("out").resolve(name)).content().contains(protocol);
    }
    JsonNode json = new ObjectMapper().readTree(root.resolve("out/results.json").toFile());
    assertThat(json).hasSize(12);
    assertThat(json.get(0).get("method").asText()).isEqualTo("TCD");
    assertThat(json.get(0).get("steps").asInt()).isEqualTo(2);
    assertThat(Files.readAllLines(root.resolve("out/scores/tcd-2-captions.csv")))
        .hasSize(51)
        .first()
        .isEqualTo("file,caption,red,green,blue,error");
    assertThat(root.resolve("out/differences.md")).content().contains("TCD minus Euler");
    assertThat(root.resolve("out/settings.json"))
        .content()
        .contains("center-crop:8", "COCO manifest");
    assertThat(left).isEqualTo(Duration.ZERO);
  }

  @Test
  void aRunThatIsKilledAnywhereGoesOnThereAndSaysTheSame() throws IOException {
    EvaluationSettings settings = settings(false, CAPTIONS);
    ColourGenerator whole = new ColourGenerator();
    Results expected = run(settings, whole);
    // The reference once, each point once by both networks.
    assertThat(seen.get()).isEqualTo(5 + 2 * 4 * CAPTIONS);
    Files.move(root.resolve("out"), root.resolve("first"));

    assertThatThrownBy(() -> run(settings, new ColourGenerator().failingAfter(3)))
        .hasMessage("stopped");
    seen.set(0);
    stopAt = 100;
    ColourGenerator second = new ColourGenerator();
    assertThatThrownBy(() -> run(settings, second)).hasMessage("killed");
    assertThat(second.calls).isEqualTo(whole.calls.subList(3, whole.calls.size()));
    assertThat(notes).contains("82 of 200 images are there already");
    int known = seen.get();
    stopAt = Integer.MAX_VALUE;
    ColourGenerator third = new ColourGenerator();
    Results resumed = run(settings, third);
    assertThat(third.calls).isEmpty();
    // Of the batch in which it was killed nothing was kept.
    assertThat(seen.get() - known).isBetween(5 + 2 * 4 * CAPTIONS - known, 421 - known + 16);
    assertThat(resumed.csv()).isEqualTo(expected.csv());
    assertThat(root.resolve("out/results.json"))
        .hasSameTextualContentAs(root.resolve("first/results.json"));
  }

  private static List<CaptionedImage> shards() {
    List<CaptionedImage> pictures = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      pictures.add(ColourGenerator.real("picture " + i, i % 2 == 0 ? "blob" : "flat"));
    }
    return pictures;
  }

  @Test
  void picturesOfShardsAreAReferenceToo() throws IOException {
    EvaluationSettings coco = settings(false, CAPTIONS);
    MeasureSelection.Published own = Objects.requireNonNull(coco.measures().published());
    Path lines = Files.writeString(root.resolve("lines.txt"), "a\nb\nc\n");
    EvaluationSettings settings =
        coco.with(new EvaluationData(Path.of("train"), 20, lines, null, List.of()))
            .with(
                new MeasureSelection(
                    Set.of(),
                    new MeasureSelection.Published(
                        own.measures(), null, own.weights(), false, Device.CPU, 16)));
    Results results =
        new EvaluationRun(
                settings, new ColourGenerator(), train -> shards(), EvaluationListener.SILENT)
            .run();
    Column red = results.columns().get(0);
    assertThat(red.id()).isEqualTo("red");
    assertThat(results.protocols(red))
        .singleElement()
        .asString()
        .matches(".*; reference [0-9a-f]{12} n=30; captions [0-9a-f]{12}; n=20");
    // Figures without captions are of the reference's captions, the others of those of the file.
    assertThat(results.measurements().get(1).scores().values())
        .extracting(Score::count)
        .containsExactlyInAnyOrder(20, 20, 3);
    assertThat(results.measurements().get(0).label()).isEqualTo("real pictures");
    assertThat(results.measurements().get(0).scores()).hasSize(2);
  }

  @Test
  void whatCannotBeMeasuredIsRefusedBeforeAnythingIsGenerated() throws IOException {
    ColourGenerator generator = new ColourGenerator();
    assertThatThrownBy(() -> run(settings(false, 3), generator))
        .hasMessageContaining("red of 3 pictures in each set of the captions would be biased")
        .hasMessageContaining("at least 4");
    EvaluationSettings settings = settings(true, 3);
    Files.delete(root.resolve("weights/two"));
    assertThatThrownBy(() -> run(settings, generator))
        .hasMessageContaining("there are no weights of two in");
    assertThat(generator.calls).isEmpty();
    assertThat(open.get()).isZero();
  }

  @Test
  void aRunLeavesNoNativeObject() throws IOException {
    EvaluationSettings settings = settings(true, 5);
    run(settings, new ColourGenerator());
    long before = Engine.settledObjects();
    Files.move(root.resolve("out"), root.resolve("first"));
    run(settings, new ColourGenerator());
    assertThat(Engine.settledObjects()).isEqualTo(before);
  }
}
