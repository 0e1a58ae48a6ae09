package io.github.tcd4j.models.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoraAdapterTest {
  private static final List<LayerShape> LAYERS =
      List.of(
          LayerShape.linear("mid.attn1.to_q", 8, 6),
          LayerShape.linear("mid.attn1.norm_q", 8, 6),
          new LayerShape("mid.resnets.0.conv1", 4, 5, 3, 3));

  private static final LoraConfig CONFIG = new LoraConfig(2, 4, List.of("to_q", "conv1"));

  @Test
  void freshAdaptersChangeNothing() {
    try (Scope scope = Scope.open()) {
      InitializedWeights weights = new InitializedWeights(1);
      Linear layer = Linear.of(Weights.of(weights).at("mid").at("attn1").at("to_q"), 8, 6);
      Tensor x = new RandomSource(2).normal(3, 8);
      LoraAdapter fresh = LoraAdapter.fresh(0, CONFIG, LAYERS);

      assertThat(layer.forward(x, fresh).sameAs(layer.forward(x, Adapters.NONE))).isTrue();
    }
  }

  @Test
  void onlyTargetsGetADeltaOfTheirShape() {
    try (Scope scope = Scope.open()) {
      LoraAdapter fresh = LoraAdapter.fresh(0, CONFIG, LAYERS);

      assertThat(fresh.parameters().keySet())
          .containsExactly(
              "mid.attn1.to_q.lora_A.weight",
              "mid.attn1.to_q.lora_B.weight",
              "mid.resnets.0.conv1.lora_A.weight",
              "mid.resnets.0.conv1.lora_B.weight");
      assertThat(fresh.deltas().get("mid.attn1.to_q").down().shape()).containsExactly(2, 8);
      assertThat(fresh.deltas().get("mid.attn1.to_q").up().shape()).containsExactly(6, 2);
      assertThat(fresh.deltas().get("mid.resnets.0.conv1").down().shape())
          .containsExactly(2, 4, 3, 3);
      assertThat(fresh.deltas().get("mid.resnets.0.conv1").up().shape())
          .containsExactly(5, 2, 1, 1);
      assertThat(fresh.at("mid.attn1.norm_q")).isEmpty();
      assertThat(fresh.deltas().get("mid.attn1.to_q").scale()).isEqualTo(2);
    }
  }

  @Test
  void downStartsUniformWithinOneOverTheRootOfFanIn() {
    try (Scope scope = Scope.open()) {
      LoraAdapter fresh =
          LoraAdapter.fresh(
              0,
              new LoraConfig(64, 64, List.of("conv1")),
              List.of(new LayerShape("conv1", 16, 8, 3, 3)));
      Tensor down = fresh.deltas().get("conv1").down();
      double bound = 1 / Math.sqrt(16 * 9);

      assertThat(down.max().item()).isBetween(bound * 0.99, bound);
      assertThat(down.min().item()).isBetween(-bound, -bound * 0.99);
      assertThat(down.square().mean().item())
          .isCloseTo(bound * bound / 3, within(0.02 * bound * bound));
    }
  }

  @Test
  void aSeedGivesTheSameBits() {
    try (Scope scope = Scope.open()) {
      Tensor a = LoraAdapter.fresh(7, CONFIG, LAYERS).deltas().get("mid.attn1.to_q").down();
      Tensor b = LoraAdapter.fresh(7, CONFIG, LAYERS).deltas().get("mid.attn1.to_q").down();
      Tensor c = LoraAdapter.fresh(8, CONFIG, LAYERS).deltas().get("mid.attn1.to_q").down();

      assertThat(a.sameAs(b)).isTrue();
      assertThat(a.sameAs(c)).isFalse();
    }
  }

  @Test
  void theTwoFactorsGetGradientsAndTheBaseDoesNotNeedThem() {
    try (Scope scope = Scope.open()) {
      LoraAdapter fresh = LoraAdapter.fresh(0, CONFIG, LAYERS);
      Conv2d layer =
          new Conv2d("mid.resnets.0.conv1", Tensor.ones(DType.F32, 5, 4, 3, 3), null, 1, 1);
      Autograd.backward(
          layer.forward(new RandomSource(3).normal(2, 4, 6, 6), fresh).square().sum());

      Adapters.LoraDelta delta = fresh.deltas().get("mid.resnets.0.conv1");
      assertThat(Autograd.gradient(delta.up()).abs().sum().item()).isGreaterThan(0);
      assertThat(Autograd.gradient(delta.down()).abs().sum().item()).isZero();
      assertThat(layer.weight().requiresGrad()).isFalse();
    }
  }

  @Test
  void weightsMultiplyAndSeveralAdaptersAdd() {
    try (Scope scope = Scope.inference()) {
      Linear layer = new Linear("l", Tensor.zeros(DType.F32, 2, 3), null);
      Tensor x = Tensor.of(new float[] {1, 2, 3}, 1, 3);
      LoraAdapter one = rankOne(1, 1);
      LoraAdapter other = rankOne(10, 0.5);
      Adapters both = Adapters.sum(List.of(one.weighted(2), other));

      assertThat(layer.forward(x, one).toFloatArray()).containsExactly(6, 6);
      assertThat(layer.forward(x, one.weighted(-0.5)).toFloatArray()).containsExactly(-3, -3);
      assertThat(layer.forward(x, both).toFloatArray()).containsExactly(42, 42);
    }
  }

  private static LoraAdapter rankOne(double up, double scale) {
    Tensor a = Tensor.ones(DType.F32, 1, 3);
    Tensor b = Tensor.full(up, DType.F32, 2, 1);
    return LoraAdapter.of(Map.of("l", new Adapters.LoraDelta(a, b, scale)));
  }

  @Test
  void otherTensorsCanStandInForTheParameters() {
    try (Scope scope = Scope.inference()) {
      LoraAdapter fresh = LoraAdapter.fresh(0, CONFIG, LAYERS);
      LoraAdapter later = LoraAdapter.fresh(1, CONFIG, LAYERS);
      LoraAdapter swapped = fresh.withParameters(later.parameters());

      assertThat(swapped.deltas().get("mid.attn1.to_q").down())
          .isSameAs(later.deltas().get("mid.attn1.to_q").down());
      assertThatThrownBy(() -> fresh.withParameters(Map.of()))
          .isInstanceOf(LoraException.class)
          .hasMessageContaining("mid.attn1.to_q.lora_A.weight");
    }
  }

  @Test
  void targetsThatNameNoLayerAreAnError() {
    assertThatThrownBy(
            () -> LoraAdapter.fresh(0, new LoraConfig(2, 2, List.of("attn1.to_w")), LAYERS))
        .isInstanceOf(LoraException.class)
        .hasMessageContaining("attn1.to_w")
        .hasMessageContaining("to_q");
  }

  @Test
  void nothingLeaksWhenAnAdapterIsFreed() {
    try (Scope scope = Scope.open()) {
      LoraAdapter.fresh(0, CONFIG, LAYERS);
    }
    long before = Engine.settledObjects();
    try (Scope scope = Scope.open()) {
      LoraAdapter.fresh(0, CONFIG, LAYERS);
    }
    assertThat(Engine.liveObjects()).isEqualTo(before);
  }

  @Test
  void layersAreFoundAmongParametersByTheirDimensions() {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> parameters =
          Map.of(
              "a.weight", Tensor.zeros(DType.F32, 6, 8),
              "a.bias", Tensor.zeros(DType.F32, 6),
              "norm.weight", Tensor.zeros(DType.F32, 6),
              "embeddings.token_embedding.weight", Tensor.zeros(DType.F32, 6, 8),
              "conv.weight", Tensor.zeros(DType.F32, 5, 4, 3, 3));

      assertThat(LayerShape.of(parameters))
          .containsExactlyInAnyOrder(
              LayerShape.linear("a", 8, 6), new LayerShape("conv", 4, 5, 3, 3));
    }
  }
}
