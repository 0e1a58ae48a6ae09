package io.github.tcd4j.evaluation.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.evaluation.TinyPair;
import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.Resize;
import io.github.tcd4j.models.clip.ClipConfig;
import io.github.tcd4j.models.clip.ClipModel;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipFeaturesTest {
  @TempDir Path folder;
  private final Scope scope = Scope.inference();

  @BeforeEach
  void write() throws IOException {
    TinyPair.write(folder);
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor pictures(int n) {
    return new RandomSource(1).uniform(0, 256, n, 3, 16, 16).to(DType.U8);
  }

  @Test
  void featuresAreTheNetworksOnPixelsFromMinusOneToOneScaledToTheRootOfTheirWidth() {
    Tensor pictures = pictures(3);
    try (ClipFeatures pair = ClipFeatures.load(folder);
        SafeTensors file = SafeTensors.open(folder.resolve("model.safetensors"))) {
      ClipModel model =
          ClipModel.of(
              Weights.of(new Checkpoint("pair", file.names(), file::get, false)),
              ClipConfig.read(folder.resolve("config.json")));
      Tensor raw = model.imageFeatures(pictures.to(DType.F32).div(127.5).minus(1));
      Tensor expected = Functional.normalize(raw, 1).times(Math.sqrt(8));
      Tensor actual = pair.images(pictures);
      assertThat(actual.shape()).containsExactly(3, 8);
      assertThat(actual.minus(expected).abs().max().item()).isLessThan(1e-5);
      assertThat(actual.square().sum(false, 1).toDoubleArray())
          .containsExactly(new double[] {8, 8, 8}, within(1e-4));
      assertThat(pair.unread()).isEmpty();
    }
  }

  @Test
  void smallerPicturesAreResizedByPillowsBicubicFilter() {
    Tensor small = new RandomSource(2).uniform(0, 256, 2, 3, 8, 8).to(DType.U8);
    byte[] all = small.toByteArray();
    byte[] expected = new byte[2 * 3 * 256];
    for (int n = 0; n < 2; n++) {
      byte[] rgb = new byte[3 * 64];
      for (int c = 0; c < 3; c++) {
        for (int i = 0; i < 64; i++) {
          rgb[3 * i + c] = all[n * 192 + c * 64 + i];
        }
      }
      Image large = Resize.bicubic(new Image(8, 8, rgb), 16, 16);
      for (int c = 0; c < 3; c++) {
        for (int i = 0; i < 256; i++) {
          expected[n * 768 + c * 256 + i] = large.rgb()[3 * i + c];
        }
      }
    }
    try (ClipFeatures pair = ClipFeatures.load(folder)) {
      Tensor features = pair.images(Tensor.of(expected, 2, 3, 16, 16));
      assertThat(pair.images(small).minus(features).abs().max().item()).isLessThan(1e-6);
    }
  }

  @Test
  void captionsOfOneKindHaveTheSameFeaturesInAnyCompany() {
    try (ClipFeatures pair = ClipFeatures.load(folder)) {
      Tensor both = pair.texts(List.of("red apple", "blue fish"));
      Tensor one = pair.texts(List.of("blue fish"));
      assertThat(both.shape()).containsExactly(2, 8);
      assertThat(both.narrow(0, 1, 1).minus(one).abs().max().item()).isLessThan(1e-5);
      assertThat(both.narrow(0, 0, 1).minus(one).abs().max().item()).isGreaterThan(0.01);
    }
  }

  @Test
  void aPreprocessorOfTheFolderDecidesThePixels() throws IOException {
    Tensor pictures = pictures(1);
    try (ClipFeatures plain = ClipFeatures.load(folder)) {
      Files.writeString(
          folder.resolve("preprocessor_config.json"),
          "{\"image_mean\": [0.1, 0.2, 0.3], \"image_std\": [0.9, 0.5, 0.25]}");
      try (ClipFeatures own = ClipFeatures.load(folder)) {
        assertThat(own.identity()).isNotEqualTo(plain.identity());
        assertThat(own.images(pictures).minus(plain.images(pictures)).abs().max().item())
            .isGreaterThan(0.01);
      }
    }
    Tensor levels = Tensor.full(51, DType.U8, 1, 3, 1, 1);
    ImageTransform read = ImageTransform.read(folder.resolve("preprocessor_config.json"));
    assertThat(read.apply(levels).toDoubleArray())
        .containsExactly(new double[] {0.1 / 0.9, 0, -0.4}, within(1e-6));
  }

  @Test
  void whatThePairCannotReadIsSaid() throws IOException {
    try (ClipFeatures pair = ClipFeatures.load(folder)) {
      assertThatThrownBy(() -> pair.images(Tensor.zeros(DType.U8, 1, 3, 32, 16)))
          .hasMessage(
              "the text-image pair reads square pictures, best of 16x16, but these have 16x32");
    }
    Files.writeString(folder.resolve("preprocessor_config.json"), "{\"image_mean\": [1]}");
    assertThatThrownBy(() -> ClipFeatures.load(folder))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("three means");
    Files.delete(folder.resolve("model.safetensors"));
    assertThatThrownBy(() -> ClipFeatures.load(folder))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("there is no text-image pair at");
  }
}
