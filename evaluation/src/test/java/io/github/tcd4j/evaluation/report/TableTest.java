package io.github.tcd4j.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column.Better;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TableTest {
  private static final Column FD = new Column("fd", "FD", Better.LOWER, 1, "how far");
  private static final Column TOP = new Column("top5", "top-5 %", Better.HIGHER, 0, "how often");

  private static Table table() {
    return new Table(
        List.of("sampler", "steps"),
        List.of(FD, TOP),
        List.of(
            new Table.Row(
                List.of("TCD", "4"),
                Map.of(FD, new Estimate(12.34, 11, 13.75), TOP, Estimate.exact(80))),
            new Table.Row(List.of("a|b, \"c\"", ""), Map.of(TOP, new Estimate(7, 6, 8)))));
  }

  @Test
  void markdownShowsValuesWithTheirIntervals() {
    assertThat(table().markdown())
        .isEqualTo(
            """
            | sampler | steps | FD ↓ | top-5 % ↑ |
            | --- | --- | ---: | ---: |
            | TCD | 4 | 12.3 [11.0, 13.8] | 80 |
            | a\\|b, "c" |  | – | 7 [6, 8] |
            """);
  }

  @Test
  void csvHoldsFullPrecisionInThreeColumnsAFigure() {
    assertThat(table().csv())
        .isEqualTo(
            """
            sampler,steps,fd,fd_low,fd_high,top5,top5_low,top5_high
            TCD,4,12.34,11.0,13.75,80.0,80.0,80.0
            "a|b, ""c""\",,,,,7.0,6.0,8.0
            """);
  }

  @Test
  void theLegendSaysWhatEachFigureIs() {
    assertThat(table().legend()).isEqualTo("- **FD**: how far\n- **top-5 %**: how often\n");
  }

  @Test
  void betterIsADirection() {
    assertThat(FD.isBetter(1, 2)).isTrue();
    assertThat(TOP.isBetter(1, 2)).isFalse();
    Column plain = new Column("c", "complexity", Better.NEITHER, 1, "");
    assertThatThrownBy(() -> plain.isBetter(1, 2)).hasMessageContaining("neither direction");
  }

  @Test
  void aRowMustFillItsKeys() {
    assertThatThrownBy(
            () ->
                new Table(
                    List.of("sampler", "steps"),
                    List.of(FD),
                    List.of(new Table.Row(List.of("TCD"), Map.of()))))
        .hasMessage("a row needs a text for each of [sampler, steps] but had [TCD]");
  }

  @Test
  void aColumnNeedsAPlainId() {
    assertThatThrownBy(() -> new Column("FD 1", "FD", Better.LOWER, 1, ""))
        .hasMessageContaining("was 'FD 1'");
  }
}
