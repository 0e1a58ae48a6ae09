package io.github.tcd4j.evaluation.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.measure.Measurement;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Plot;
import io.github.tcd4j.evaluation.report.PlotAxis;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationFilesTest {
  private static final Column FD = new Column("fd", "FD", Column.Better.LOWER, 1, "a distance");

  @TempDir Path folder;
  private final List<String> notes = new ArrayList<>();
  private final EvaluationListener listener =
      new EvaluationListener() {
        @Override
        public void note(String message) {
          notes.add(message);
        }
      };

  private static Results results(int labels, double fd) {
    List<Measurement> measurements =
        IntStream.range(0, labels)
            .mapToObj(i -> new EvaluationPoint("S" + i, "tcd", 4, 1.0, null, null, List.of(), 4))
            .map(point -> Measurement.of(point, Map.of(FD, Estimate.exact(fd))))
            .toList();
    return new Results(List.of(FD), measurements);
  }

  @Test
  void asManyLinesAsAPlotCanTellApartAreDrawn() {
    new EvaluationFiles(folder, listener).plots(results(Plot.MOST, 3), PlotAxis.EVALUATIONS);
    assertThat(notes).isEmpty();
    assertThat(folder.resolve("fd.png")).isNotEmptyFile();
  }

  @Test
  void moreLinesThanAPlotCanTellApartAreANote() {
    new EvaluationFiles(folder, listener).plots(results(11, 3), PlotAxis.EVALUATIONS);
    assertThat(notes).containsExactly("no plot of FD: it would have 11 lines, and at most 10 fit");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void withoutFontsOneNoteSaysWhatToInstall() {
    new EvaluationFiles(folder, listener, false).plots(results(2, 3), PlotAxis.EVALUATIONS);
    assertThat(notes)
        .containsExactly(
            "no plots and no gallery: this machine has no fonts to write labels with; install some,"
                + " such as the packages fontconfig and fonts-dejavu-core");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aBugIsNotTurnedIntoANote() {
    EvaluationFiles files = new EvaluationFiles(folder, listener);
    EvaluationPoint own =
        new EvaluationPoint("S", "tcd", 2, 1.0, Gamma.of(List.of(0.5, 0.1)), null, List.of(), 2);
    Results nowhere =
        new Results(List.of(FD), List.of(Measurement.of(own, Map.of(FD, Estimate.exact(3)))));
    assertThatThrownBy(() -> files.plots(nowhere, PlotAxis.GAMMA))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(notes).isEmpty();
  }
}
