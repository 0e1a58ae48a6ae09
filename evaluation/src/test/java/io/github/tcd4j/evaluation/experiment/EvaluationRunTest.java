package io.github.tcd4j.evaluation.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.evaluation.ColourGenerator;
import io.github.tcd4j.evaluation.TinyPair;
import io.github.tcd4j.evaluation.dataset.CaptionSource;
import io.github.tcd4j.evaluation.dataset.EvaluationData;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.generate.Generator;
import io.github.tcd4j.evaluation.generate.SamplerConfig;
import io.github.tcd4j.evaluation.measure.AlignmentMeasure;
import io.github.tcd4j.evaluation.measure.ComplexityMeasure;
import io.github.tcd4j.evaluation.measure.DistributionMeasure;
import io.github.tcd4j.evaluation.measure.Measurement;
import io.github.tcd4j.evaluation.measure.Resampling;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.tensor.Engine;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationRunTest {
  private static final SamplerConfig TCD = SamplerConfig.of("TCD", "tcd");
  private static final SamplerConfig DDIM =
      SamplerConfig.of("DDIM", "ddim").withGuidances(List.of(1.0, 3.0, 9.0));

  @TempDir Path folder;
  private final ColourGenerator generator = new ColourGenerator();

  @BeforeEach
  void prepare() throws IOException {
    // Two threads wait for each other longer than these sizes take to compute.
    Engine.threads(1);
    TinyPair.write(folder.resolve("pair"));
  }

  /** "train" holds 60 pictures of two styles, everything else 12 held-out ones. */
  private static List<CaptionedImage> read(Path shards) {
    boolean train = shards.endsWith("train");
    List<CaptionedImage> pictures = new ArrayList<>();
    for (int i = 0; i < (train ? 60 : 12); i++) {
      String style = i % 3 == 0 ? "blob" : "flat";
      String letters = "" + (char) ('a' + i / 26) + (char) ('a' + i % 26);
      pictures.add(ColourGenerator.real((train ? "t " : "h ") + letters + " " + style, style));
    }
    return pictures;
  }

  private EvaluationSettings settings(List<SamplerConfig> samplers, boolean reference) {
    return new EvaluationSettings(
        folder.resolve("pair"),
        MeasureSelection.PAIR,
        samplers,
        List.of(1, 4),
        new GuidanceSweep(4, 20),
        new EvaluationData(
            reference ? Path.of("train") : null, 30, Path.of("held-out"), null, List.of()),
        new Resampling(100, 20),
        5,
        8,
        EvaluationOutput.in(folder.resolve("out")));
  }

  private Results run(EvaluationSettings settings, Generator generator) {
    return new EvaluationRun(
            settings, generator, EvaluationRunTest::read, EvaluationListener.SILENT)
        .run();
  }

  private Set<String> output() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      return Set.copyOf(files.map(f -> f.getFileName().toString()).toList());
    }
  }

  @Test
  void everySamplerIsMeasuredAtEveryNumberOfStepsBesideRealPictures() throws IOException {
    Results results = run(settings(List.of(TCD, DDIM), true), generator);
    assertThat(results.measurements().stream().map(m -> m.label()).toList())
        .containsExactly("real pictures", "TCD", "TCD", "DDIM", "DDIM");
    assertThat(results.measurements())
        .allSatisfy(m -> assertThat(m.figures().keySet()).containsAll(results.columns()));
    Measurement one = results.measurements().get(1);
    Measurement four = results.measurements().get(2);
    assertThat(four.figure(ComplexityMeasure.COMPLEXITY).value())
        .isLessThan(one.figure(ComplexityMeasure.COMPLEXITY).value());
    assertThat(four.figure(DistributionMeasure.FD).value())
        .isLessThan(one.figure(DistributionMeasure.FD).value());
    assertThat(output())
        .containsExactlyInAnyOrder(
            "results.md",
            "results.csv",
            "sweep.md",
            "sweep.csv",
            "differences.md",
            "differences.csv",
            "settings.json",
            "gallery.png",
            "fd.png",
            "kid_x1000.png",
            "clip_score.png",
            "top1.png",
            "top5.png",
            "complexity.png",
            "pictures",
            "features");
    BufferedImage plot = ImageIO.read(folder.resolve("out/fd.png").toFile());
    assertThat(plot.getWidth()).isEqualTo(1200);
    assertThat(plot.getHeight()).isEqualTo(750);
  }

  @Test
  void realPicturesThroughTheAutoencoderAreARowOfTheirOwn() {
    EvaluationSettings settings = settings(List.of(TCD), true);
    List<Measurement> rows =
        new EvaluationRun(
                settings,
                generator,
                EvaluationRunTest::read,
                EvaluationListener.SILENT,
                x -> x.times(0.25))
            .run()
            .measurements();
    assertThat(rows.stream().map(m -> m.label()).toList())
        .containsExactly("real pictures", "real pictures through the autoencoder", "TCD", "TCD");
    // A quarter of the contrast: what is coded of noise of 8 levels falls by two bits or to none.
    assertThat(rows.get(1).figure(ComplexityMeasure.COMPLEXITY).value())
        .isLessThan(rows.get(0).figure(ComplexityMeasure.COMPLEXITY).value());
    assertThat(rows.get(1).figure(DistributionMeasure.FD).value())
        .isGreaterThan(rows.get(0).figure(DistributionMeasure.FD).value());
    assertThat(rows.get(1).figures().keySet()).isEqualTo(rows.get(0).figures().keySet());
    Results changed =
        new EvaluationRun(
                settings,
                generator,
                EvaluationRunTest::read,
                EvaluationListener.SILENT,
                x -> x.narrow(2, 0, 8))
            .run();
    assertThat(changed.measurements()).as("of another size").hasSize(3);
  }

  @Test
  void theTablesHoldWhatIsReturned() {
    Results results = run(settings(List.of(TCD), true), generator);
    assertThat(folder.resolve("out/results.md")).hasContent(results.markdown());
    assertThat(results.markdown())
        .startsWith(results.table().markdown())
        .contains("- **FD**: squared Fréchet distance")
        .contains("- **real pictures**: those of the same captions");
    assertThat(folder.resolve("out/results.csv")).hasContent(results.table().csv());
    assertThat(results.table().markdown().lines())
        .hasSize(5)
        .first()
        .isEqualTo(
            "| sampler | guidance | NFE | FD ↓ | KID x1000 ↓ | CLIP score ↑ | top-1 % ↑ |"
                + " top-5 % ↑ | complexity (bits/pixel) |");
    assertThat(results.table().markdown()).contains("| TCD | off | 4 |");
  }

  @Test
  void theGuidanceThatASweepPicksIsUsed() {
    Results results = run(settings(List.of(DDIM), true), generator);
    assertThat(results.points()).allSatisfy(s -> assertThat(s.guidance()).isEqualTo(3));
    assertThat(folder.resolve("out/sweep.md")).content().contains("| DDIM | 9 | 8 |");
  }

  @Test
  void theGuidanceOfOneSpacingIsUsedForTheOthersOfThatSampler() {
    SamplerConfig shipped = DDIM.withSpacing("leading");
    SamplerConfig other =
        new SamplerConfig("DDIM leading", "ddim", shipped.guidances(), null, "leading", List.of());
    Results results = run(settings(List.of(DDIM, other), true), generator);
    assertThat(results.points()).hasSize(4).allSatisfy(s -> assertThat(s.guidance()).isEqualTo(3));
    assertThat(folder.resolve("out/sweep.md")).content().doesNotContain("leading");
  }

  @Test
  void tcdMinusEveryOtherSamplerIsReportedWithAPairedInterval() throws IOException {
    Results results =
        run(settings(List.of(DDIM.withGuidances(List.of(9.0)), TCD), true), generator);
    List<String> lines = Files.readAllLines(folder.resolve("out/differences.csv"));
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0))
        .startsWith("difference,NFE,NFE of the other,fd,fd_low,fd_high,kid_x1000");
    assertThat(lines.get(1)).startsWith("TCD minus DDIM,1,2,");
    String[] four = lines.get(2).split(",", -1);
    double expected =
        results.measurements().get(4).figure(DistributionMeasure.FD).value()
            - results.measurements().get(2).figure(DistributionMeasure.FD).value();
    assertThat(Double.parseDouble(four[3])).isEqualTo(expected);
    assertThat(Double.parseDouble(four[4])).isLessThan(expected);
    assertThat(Double.parseDouble(four[5])).isGreaterThan(expected);
    assertThat(folder.resolve("out/differences.md"))
        .content()
        .contains("| TCD minus DDIM | 4 | 8 |", "one that holds 0 shows no difference");
  }

  @Test
  void theWorkAheadIsCounted() {
    Prompts chosen = new Prompts("training", List.of("a", "b", "c"), 0);
    Prompts aligned = new Prompts("captions", List.of("d"), 0);
    // The sweep: guidance 1, 3, 9 on 3 pictures of 4 steps; then 4 pictures of 1 and 4 steps.
    assertThat(WorkEstimate.of(settings(List.of(TCD, DDIM), true), generator, chosen, aligned))
        .isEqualTo(new WorkEstimate(9 + 16, 3 * 4 * (1 + 2 + 2) + 4 * 5 + 4 * 5 * 2));
  }

  @Test
  void aRunThatWasStoppedGoesOnWhereItWasAndSaysTheSame() throws IOException {
    EvaluationSettings settings = settings(List.of(TCD, DDIM), true);
    ColourGenerator whole = new ColourGenerator();
    Results expected = run(settings, whole);
    EvaluationSettings again = settings;
    delete(folder.resolve("out"));
    assertThatThrownBy(() -> run(again, new ColourGenerator().failingAfter(17)))
        .hasMessage("stopped");
    Results resumed = run(again, generator);
    assertThat(resumed).isEqualTo(expected);
    assertThat(generator.calls).isEqualTo(whole.calls.subList(17, whole.calls.size()));
  }

  @Test
  void withoutAReferenceTheOtherFiguresAreMeasured() throws IOException {
    Path captions = Files.writeString(folder.resolve("mine.txt"), "ab\n\n cd \nab\nef\n");
    EvaluationSettings s = settings(List.of(TCD, DDIM), false);
    EvaluationSettings own =
        s.with(new EvaluationData(null, 30, captions, null, List.of(Path.of("held-out"))))
            .with(s.output().withSheets(true));
    Results results = run(own, generator);
    assertThat(results.columns())
        .containsExactly(
            AlignmentMeasure.CLIP_SCORE,
            AlignmentMeasure.TOP1,
            AlignmentMeasure.TOP5,
            ComplexityMeasure.COMPLEXITY);
    assertThat(results.measurements()).hasSize(4);
    assertThat(folder.resolve("out/settings.json"))
        .content()
        .contains("\"captions_to_find\" : 3", "\"candidates\" : 15");
  }

  @Test
  void realPicturesCanBeComparedWithByRetrievalAlone() throws IOException {
    Path captions = Files.writeString(folder.resolve("mine.txt"), "t ab flat\nt ad blob\n");
    EvaluationSettings s = settings(List.of(TCD), true);
    Results results =
        run(
            s.with(
                    new EvaluationData(
                        Path.of("train"), 0, captions, null, List.of(Path.of("held-out"))))
                .with(s.output().withSheets(true)),
            generator);
    assertThat(folder.resolve("out/sheets"))
        .isDirectoryContaining("glob:**/{real,tcd-1,tcd-4}.png");
    assertThat(results.columns()).doesNotContain(DistributionMeasure.FD);
    assertThat(results.measurements()).hasSize(3);
    assertThat(results.measurements().get(0).figures()).containsKey(AlignmentMeasure.TOP5);
  }

  @Test
  void aRunLeavesNoNativeObject() {
    EvaluationSettings settings = settings(List.of(TCD), true);
    run(settings, generator);
    long before = Engine.settledObjects();
    run(settings, generator);
    assertThat(Engine.liveObjects()).isEqualTo(before);
  }

  @Test
  void badSettingsAreRefusedWithTheirRange() {
    assertThatThrownBy(() -> settings(List.of(TCD, TCD), true))
        .hasMessageContaining("two samplers are labelled 'TCD'");
    assertThatThrownBy(() -> settings(List.of(), true)).hasMessageContaining("at least one");
    assertThatThrownBy(() -> new GuidanceSweep(0, 100))
        .hasMessage("sweep steps must be at least 1 but was 0");
    assertThatThrownBy(() -> DDIM.at(4)).hasMessageContaining("still one of [1.0, 3.0, 9.0]");
    Path none = folder.resolve("none.txt");
    assertThatThrownBy(() -> CaptionSource.read(none, EvaluationRunTest::read))
        .hasMessage(none + " does not exist");
  }

  private static void delete(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
