package io.github.tcd4j.models.efficientnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.FormulaWeights;
import io.github.tcd4j.models.Golden;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorException;
import org.junit.jupiter.api.Test;

/** Outputs of efficientnet-lite-pytorch, by {@code oracle/make_network_fixtures.py}. */
class EfficientNetLite0Test {
  @Test
  void featuresAndLogitsEqualThePackages() {
    FormulaWeights weights =
        new FormulaWeights(name -> !name.matches(".*(_conv|_stem|_head)\\.bias"));
    try (Scope scope = Scope.inference();
        Golden golden = new Golden("efficientnet")) {
      EfficientNetLite0 network = EfficientNetLite0.of(Weights.of(weights));
      Tensor pictures =
          Tensor.cat(
              0,
              FormulaWeights.blocks("eff.a", 224, 224, 16),
              FormulaWeights.blocks("eff.b", 224, 224, 50));

      Tensor features = network.features(pictures.minus(127).div(128));
      golden.check("features", features);
      golden.check("logits", network.logits(features));
      assertThat(weights.read()).as("the file has 296 with the counters of its norms").hasSize(247);
      assertThatThrownBy(() -> network.features(Tensor.zeros(DType.F32, 1, 3, 225, 224)))
          .isInstanceOf(TensorException.class)
          .hasMessage("EfficientNet-Lite0 reads (B, 3, 224, 224) but got F32[1, 3, 225, 224]");
    }
  }
}
