package io.github.tcd4j.evaluation.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.evaluation.ColourGenerator;
import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.evaluation.dataset.RealImages;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureCacheTest {
  /** The mean of each colour; counts the pictures it has seen. */
  private static final class Means implements FeatureSpace {
    int seen;

    @Override
    public String identity() {
      return "means";
    }

    @Override
    public Tensor images(Tensor pictures) {
      seen += (int) pictures.size(0);
      return pictures.to(DType.F32).mean(false, 2, 3);
    }
  }

  @TempDir Path folder;
  private final Scope scope = Scope.inference();
  private final Means means = new Means();

  @AfterEach
  void close() {
    scope.close();
  }

  private static RealImages pictures(int n) {
    return new RealImages(
        IntStream.range(0, n).mapToObj(i -> ColourGenerator.real("picture " + i, "")).toList());
  }

  @Test
  void theFeaturesOfManyPicturesAreThoseOfEach() {
    RealImages pictures = pictures(150);
    Tensor features = new FeatureCache(folder).features(pictures, means);
    assertThat(features.shape()).containsExactly(150, 3);
    Tensor last = new Means().images(pictures.pixels(149, 1));
    assertThat(features.narrow(0, 149, 1).minus(last).abs().max().item()).isZero();
  }

  @Test
  void aSecondCallReadsThemFromTheFolder() {
    Tensor first = new FeatureCache(folder).features(pictures(5), means);
    Tensor second = new FeatureCache(folder).features(pictures(5), means);
    assertThat(means.seen).isEqualTo(5);
    assertThat(second.sameAs(first)).isTrue();
    new FeatureCache(folder).features(pictures(6), means);
    assertThat(means.seen).isEqualTo(11);
  }

  @Test
  void aDamagedFileIsNamed() throws IOException {
    FeatureCache cache = new FeatureCache(folder);
    cache.features(pictures(5), means);
    try (Stream<Path> files = Files.list(folder)) {
      Files.writeString(files.findFirst().orElseThrow(), "nonsense");
    }
    assertThatThrownBy(() -> cache.features(pictures(5), means))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("is damaged; delete it to compute it again");
  }

  @Test
  void picturesOfOneSetHaveOneSize() {
    CaptionedImage small = new CaptionedImage("dot", new byte[3], 1, 1, "dot", java.util.Map.of());
    assertThatThrownBy(() -> new RealImages(List.of(ColourGenerator.real("a", ""), small)))
        .hasMessage("pictures must have one size but 'a' has 16x16 and 'dot' 1x1");
  }
}
