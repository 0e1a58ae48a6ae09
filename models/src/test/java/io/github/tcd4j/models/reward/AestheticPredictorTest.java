package io.github.tcd4j.models.reward;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.FormulaWeights;
import io.github.tcd4j.models.Golden;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.layers.WeightsException;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Heads of the three published layouts, by {@code oracle/make_network_fixtures.py}. */
class AestheticPredictorTest {
  @TempDir Path folder;

  private static void check(String layout, Predicate<String> names) {
    try (Scope scope = Scope.inference();
        Golden golden = new Golden("aesthetic")) {
      AestheticPredictor predictor = AestheticPredictor.of(Weights.of(new FormulaWeights(names)));
      // Features of any length are scaled.
      Tensor features = FormulaWeights.noise("aesthetic", 2, 768).times(7);
      golden.check(layout, predictor.scores(features));
    }
  }

  @Test
  void theSecondVersionIsFiveLayersWithNothingBetween() {
    check("linear", name -> name.matches("layers\\.[02467]\\..*"));
  }

  @Test
  void theSecondVersionWithReluIsKnownByItsNumbers() {
    check("relu", name -> name.matches("layers\\.(0|3|6|9|11)\\..*"));
  }

  @Test
  void theFirstVersionIsOneLayer() {
    check("first", name -> name.matches("weight|bias"));
  }

  @Test
  void theHeadOfAnotherClipIsRefused() {
    Path file = folder.resolve("sa_0_4_vit_b_32_linear.safetensors");
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> tensors =
          Map.of(
              "weight", FormulaWeights.value("weight", 1, 512),
              "bias", FormulaWeights.value("bias", 1));
      SafeTensorsWriter.write(file, tensors, Map.of());
      assertThatThrownBy(() -> AestheticPredictor.open(file, Device.CPU))
          .isInstanceOf(WeightsException.class)
          .hasMessage(
              file
                  + " is not an aesthetic predictor over CLIP ViT-L/14: weight has shape [1, 512]"
                  + " but the configuration needs [1, 768]");
    }
  }
}
