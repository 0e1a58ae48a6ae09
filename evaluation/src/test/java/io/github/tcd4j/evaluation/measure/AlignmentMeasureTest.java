package io.github.tcd4j.evaluation.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.feature.FeatureCache;
import io.github.tcd4j.evaluation.feature.TextFeatureSpace;
import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlignmentMeasureTest {
  private static final int PICTURES = 8;
  private static final List<String> CAPTIONS = List.of("a", "b", "c", "d", "e", "f", "g", "h");

  @TempDir Path folder;
  private final Scope scope = Scope.inference();

  @AfterEach
  void close() {
    scope.close();
  }

  /** Captions fan out from the one direction that all pictures have: the rank of caption i is i. */
  private static final class Fan implements TextFeatureSpace {
    @Override
    public String identity() {
      return "fan";
    }

    @Override
    public Tensor images(Tensor pictures) {
      float[] rows = new float[2 * (int) pictures.size(0)];
      for (int i = 0; i < rows.length; i += 2) {
        rows[i] = 3;
      }
      return Tensor.of(rows, pictures.size(0), 2);
    }

    @Override
    public Tensor texts(List<String> captions) {
      float[] rows = new float[2 * captions.size()];
      for (int i = 0; i < captions.size(); i++) {
        rows[2 * i] = (float) Math.cos(0.1 * i);
        rows[2 * i + 1] = (float) Math.sin(0.1 * i);
      }
      return Tensor.of(rows, captions.size(), 2);
    }
  }

  private static final class Blank implements ImageSet {
    @Override
    public String identity() {
      return "blank";
    }

    @Override
    public int size() {
      return PICTURES;
    }

    @Override
    public List<Path> files(Path folder) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Tensor pixels(int start, int count) {
      return Tensor.zeros(DType.U8, count, 3, 2, 2);
    }
  }

  @Test
  void oneOfEightCaptionsIsTheNearestAndFiveAreAmongTheFiveNearest() {
    AlignmentMeasure measure =
        new AlignmentMeasure(
            new Prompts("captions", CAPTIONS, 0),
            CAPTIONS,
            new Fan(),
            new FeatureCache(folder),
            Bootstrap.of(20, 0));
    Map<Column, Estimate> figures = measure.measure(new Blank());
    assertThat(figures.get(AlignmentMeasure.TOP1).value()).isEqualTo(100.0 / 8, within(1e-9));
    assertThat(figures.get(AlignmentMeasure.TOP5).value()).isEqualTo(500.0 / 8, within(1e-9));
    double cosines = 0;
    for (int i = 0; i < PICTURES; i++) {
      cosines += 100 * Math.cos(0.1 * i) / PICTURES;
    }
    assertThat(figures.get(AlignmentMeasure.CLIP_SCORE).value()).isEqualTo(cosines, within(1e-4));
  }
}
