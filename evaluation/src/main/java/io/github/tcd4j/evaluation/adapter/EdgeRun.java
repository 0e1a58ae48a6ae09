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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Whether a ControlNet is obeyed: the F1 of Canny edges between the picture of the hint and what is
 * generated for its caption, with the ControlNet; without; and with the hint of another picture,
 * which shows what the caption and the habits of the model are worth.
 *
 * @param control the ControlNet
 */
record EdgeRun(AdapterPictures pictures, AdapterModel control, AdapterGenerator generator) {
  private static final List<Integer> TOLERANCES = List.of(0, 1);
  private static final String ON = "own hint and caption";
  private static final String HINT = "own hint, no caption";
  private static final String OFF = "caption, no ControlNet";
  private static final String OTHER = "another's hint, own caption";

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
    Map<String, double[][]> rows = new LinkedHashMap<>();
    for (String row : List.of(ON, HINT, OFF, OTHER)) {
      rows.put(row, new double[TOLERANCES.size()][pictures.size()]);
    }
    for (int i = 0; i < pictures.size(); i++) {
      Image truth = pictures.images().get(i);
      String caption = pictures.captions().get(i);
      for (Map.Entry<String, double[][]> row : rows.entrySet()) {
        List<Image> made = generate(row.getKey(), i, caption);
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

  private List<Image> generate(String row, int i, String caption) {
    return switch (row) {
      case ON -> generator.images(caption, hint(i));
      case HINT -> generator.images("", hint(i));
      case OTHER -> generator.images(caption, hint(i + 1));
      default -> generator.images(caption, AdapterSettings.NONE);
    };
  }

  private AdapterSettings hint(int i) {
    HintPicture hint = HintPicture.ofEdges(pictures.file(i), Canny.USUAL);
    return AdapterSettings.ofControls(List.of(new ControlSettings(control, hint)), false);
  }

  private static Table table(Map<String, double[][]> rows, Bootstrap bootstrap) {
    List<Column> columns = TOLERANCES.stream().map(EdgeRun::column).toList();
    Map<String, List<double[]>> values = new LinkedHashMap<>();
    rows.forEach((row, f1) -> values.put(row, List.of(f1)));
    return new ControlledTable("generated from", columns, values, ON)
        .table(bootstrap, new ArrayList<>(List.of(OFF, OTHER)));
  }
}
