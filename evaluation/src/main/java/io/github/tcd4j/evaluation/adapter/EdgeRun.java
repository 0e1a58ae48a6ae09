package io.github.tcd4j.evaluation.adapter;

import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Table;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.images.canny.EdgeAgreement;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.HintPicture;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Whether a ControlNet is obeyed: the F1 of Canny edges between the picture of the hint and what is
 * generated with the ControlNet; without; and with the hint of another picture, which shows what
 * the caption and the habits of the model are worth. A model that knows its captions by heart
 * follows them more than the hint: hence rows without words, and with a larger weight.
 *
 * @param control the ControlNet
 */
record EdgeRun(AdapterPictures pictures, AdapterModel control, AdapterGenerator generator) {
  private static final List<Integer> TOLERANCES = List.of(0, 1);

  /** The weight of rows in which the hint is to overrule the words. */
  private static final double HEAVY = 3;

  /** Whose hint is given. */
  private enum Hint {
    OWN,
    ANOTHERS,
    NONE
  }

  private enum Row {
    ON("own hint and caption", true, Hint.OWN, 1),
    HEAVY_ON("own hint and caption, weight 3", true, Hint.OWN, HEAVY),
    ALONE("own hint, no caption", false, Hint.OWN, 1),
    OFF("caption, no ControlNet", true, Hint.NONE, 0),
    OTHER("another's hint, own caption", true, Hint.ANOTHERS, 1),
    HEAVY_OTHER("another's hint, own caption, weight 3", true, Hint.ANOTHERS, HEAVY),
    NOTHING("nothing", false, Hint.NONE, 0);

    private final String label;
    private final boolean words;
    private final Hint hint;
    private final double weight;

    Row(String label, boolean words, Hint hint, double weight) {
      this.label = label;
      this.words = words;
      this.hint = hint;
      this.weight = weight;
    }
  }

  private static Column column(int tolerance) {
    return new Column(
        "f1_" + tolerance,
        "F1 within " + tolerance + " px",
        Column.Better.HIGHER,
        3,
        "Canny edges (100, 200) of the hint's picture and the generated that agree within "
            + tolerance
            + " pixels");
  }

  /** Calls {@code done} with the number of pictures after each. */
  Table run(Bootstrap bootstrap, IntConsumer done) {
    Map<Row, double[][]> rows = new EnumMap<>(Row.class);
    for (Row row : Row.values()) {
      rows.put(row, new double[TOLERANCES.size()][pictures.size()]);
    }
    for (int i = 0; i < pictures.size(); i++) {
      Image truth = pictures.images().get(i);
      for (Map.Entry<Row, double[][]> row : rows.entrySet()) {
        List<Image> made = generate(row.getKey(), i);
        for (int k = 0; k < TOLERANCES.size(); k++) {
          EdgeAgreement agreement = EdgeAgreement.within(TOLERANCES.get(k));
          row.getValue()[k][i] =
              made.stream().mapToDouble(image -> agreement.of(truth, image)).average().orElse(0);
        }
      }
      done.accept(i + 1);
    }
    return table(rows, bootstrap);
  }

  private List<Image> generate(Row row, int i) {
    return generator.images(row.words ? pictures.captions().get(i) : "", hint(row, i));
  }

  private AdapterSettings hint(Row row, int i) {
    if (row.hint == Hint.NONE) {
      return AdapterSettings.NONE;
    }
    int from = row.hint == Hint.OWN ? i : i + 1;
    HintPicture hint = HintPicture.ofEdges(pictures.file(from), Canny.USUAL);
    ControlSettings one = new ControlSettings(control, hint, row.weight, 0, 1);
    return AdapterSettings.ofControls(List.of(one), false);
  }

  private static Table table(Map<Row, double[][]> rows, Bootstrap bootstrap) {
    List<Column> columns = TOLERANCES.stream().map(EdgeRun::column).toList();
    Map<String, List<double[]>> values = new LinkedHashMap<>();
    rows.forEach((row, f1) -> values.put(row.label, List.of(f1)));
    return new ControlledTable("generated from", columns, values)
        .table(
            bootstrap,
            List.of(
                difference(Row.ON, Row.OFF),
                difference(Row.ON, Row.OTHER),
                difference(Row.HEAVY_ON, Row.HEAVY_OTHER),
                difference(Row.ALONE, Row.NOTHING)));
  }

  private static ControlledTable.Difference difference(Row measured, Row control) {
    return new ControlledTable.Difference(measured.label, control.label);
  }
}
