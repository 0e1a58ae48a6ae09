package io.github.tcd4j.models.unet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.Fixture;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code upcast_attention}, as diffusers' {@code Attention.get_attention_scores} obeys it. */
class UpcastAttentionTest {
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyAttentionOfAUNetHasWhatItsConfigurationSays(boolean upcast) {
    try (Fixture f = new Fixture("unet/sd1");
        Scope scope = Scope.inference()) {
      ObjectNode json = f.config().deepCopy();
      json.put("upcast_attention", upcast);
      UNet2DConditionConfig config = UNet2DConditionConfig.of(json);
      Transformer2D transformer =
          config.transformer(Weights.of(new InitializedWeights(1)), BlockSpec.of(config).get(0));

      assertThat(transformer.blocks())
          .isNotEmpty()
          .allMatch(block -> block.self().upcast() == upcast && block.text().upcast() == upcast);
    }
  }

  /** Where halves have kernels of their own; the device here has shapes and types, no numbers. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void keysAndValuesOfHalvesAreFloat32WhereItIsAskedFor(boolean upcast) {
    try (Scope scope = Scope.inference()) {
      Tensor weight = Tensor.zeros(DType.F16, 8, 8).to(Device.META);
      Linear layer = new Linear("x", weight, null, DType.F16);
      CrossAttention attention = new CrossAttention(layer, layer, layer, layer, 2, upcast);
      Tensor x = Tensor.zeros(DType.F16, 1, 3, 8).to(Device.META);
      CrossAttention.KeyValue seen = attention.keyValues(x, Adapters.NONE);

      assertThat(seen.key().dtype()).isEqualTo(upcast ? DType.F32 : DType.F16);
      assertThat(seen.value().dtype()).isEqualTo(upcast ? DType.F32 : DType.F16);
    }
  }
}
