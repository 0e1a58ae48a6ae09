package io.github.tcd4j.evaluation.adapter;

import io.github.tcd4j.evaluation.feature.TextFeatureSpace;
import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.metric.Retrieval;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Table;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Whether an IP-Adapter is obeyed: how often the caption of the prompt picture is found again,
 * among the captions of all, for what is generated from the picture without any words; for nothing
 * at all, and from another's picture, which are the controls; from the caption, and for the real
 * picture, which are what can be reached.
 *
 * @param adapter the IP-Adapter
 * @param encoder its picture encoder
 * @param space in which captions are found
 */
record PicturePromptRun(
    AdapterPictures pictures,
    AdapterModel adapter,
    AdapterModel encoder,
    AdapterGenerator generator,
    TextFeatureSpace space) {
  private static final String ON = "picture, no words";
  private static final String OFF = "nothing";
  private static final String OTHER = "another's picture, no words";
  private static final String CAPTION = "caption, no picture";
  private static final String REAL = "the real picture";
  private static final List<Column> COLUMNS = List.of(top(1), top(5), cosine());

  private static Column top(int k) {
    return new Column(
        "top" + k,
        "top-" + k,
        Column.Better.HIGHER,
        3,
        "share of pictures whose prompt picture's caption is among the " + k + " nearest of all");
  }

  private static Column cosine() {
    return new Column(
        "cosine",
        "cosine",
        Column.Better.HIGHER,
        3,
        "between the features of the generated and the prompt picture");
  }

  Table run(Bootstrap bootstrap, IntConsumer done) {
    int n = pictures.size();
    Map<String, List<double[]>> rows = new LinkedHashMap<>();
    for (String row : List.of(ON, OFF, OTHER, CAPTION, REAL)) {
      rows.put(row, List.of(new double[n], new double[n], new double[n]));
    }
    try (Scope scope = Scope.inference()) {
      Tensor candidates = space.texts(pictures.captions());
      for (int i = 0; i < n; i++) {
        for (Map.Entry<String, List<double[]>> row : rows.entrySet()) {
          measure(generate(row.getKey(), i), i, candidates, row.getValue());
        }
        done.accept(i + 1);
      }
    }
    return new ControlledTable("generated from", COLUMNS, rows)
        .table(
            bootstrap,
            List.of(
                new ControlledTable.Difference(ON, OFF),
                new ControlledTable.Difference(ON, OTHER)));
  }

  private List<Image> generate(String row, int i) {
    return switch (row) {
      case ON -> generator.images("", prompt(i));
      case OTHER -> generator.images("", prompt(i + 1));
      case CAPTION -> generator.images(pictures.captions().get(i), AdapterSettings.NONE);
      case REAL -> List.of(pictures.images().get(i));
      default -> generator.images("", AdapterSettings.NONE);
    };
  }

  private AdapterSettings prompt(int i) {
    ImagePromptSettings one =
        new ImagePromptSettings(adapter, List.of(pictures.file(i)), 1, List.of());
    return new AdapterSettings(List.of(), false, List.of(one), encoder);
  }

  private void measure(List<Image> made, int i, Tensor candidates, List<double[]> values) {
    try (Scope scope = Scope.inference()) {
      Tensor features = space.images(AdapterPictures.pixels(made));
      int[] own = new int[made.size()];
      Arrays.fill(own, i);
      int[] ranks = Retrieval.ranks(features, candidates, own);
      values.get(0)[i] = Arrays.stream(Retrieval.hits(ranks, 1)).average().orElse(0);
      values.get(1)[i] = Arrays.stream(Retrieval.hits(ranks, 5)).average().orElse(0);
      Tensor truth = space.images(AdapterPictures.pixels(List.of(pictures.images().get(i))));
      // Features have one length.
      Tensor products = features.times(truth).sum(false, 1);
      double length = truth.square().sum().item();
      values.get(2)[i] = products.mean().item() / length;
    }
  }
}
