package io.github.tcd4j.models.unet;

import static io.github.tcd4j.models.Fixture.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.Fixture;
import io.github.tcd4j.models.files.TensorMap;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.FileWeights;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.Precision;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UNet2DConditionModelTest {

  private static Tensor forward(UNet2DConditionModel unet, Fixture f, Adapters adapters) {
    return unet.forward(f.get("x"), f.get("t"), conditioning(f), adapters);
  }

  private static Conditioning conditioning(Fixture f) {
    return new Conditioning(
        f.get("tokens"),
        f.has("pooled") ? f.get("pooled") : null,
        f.has("time_ids") ? f.get("time_ids") : null,
        f.has("guidance") ? f.get("guidance") : null,
        null,
        f.has("labels") ? f.get("labels").to(DType.I64) : null);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sd1",
        "sd2-linear-head-list",
        "sdxl",
        "odd-sizes",
        "guidance-embedding",
        "emoji",
        "every-number-another",
        "no-middle-asymmetric",
        "one-block",
        "upscaler",
        "only-cross-attention"
      })
  void outputAndEveryGradientAreThoseOfDiffusers(String name) {
    try (Scope scope = Scope.open();
        Fixture f = new Fixture("unet/" + name)) {
      Checkpoint weights = f.weights();
      UNet2DConditionModel unet =
          UNet2DConditionModel.of(Weights.of(weights), UNet2DConditionConfig.of(f.config()));

      Tensor out = forward(unet, f, Adapters.NONE);

      assertThat(weights.unread()).isEmpty();
      assertClose("output", out, f.get("out"), 1e-5);
      Autograd.backward(f.loss(out));
      f.assertGradients(weights.parameters());
    }
  }

  /** As far as libtorch goes without numbers: it has no convolutions of shapes alone. */
  @ParameterizedTest
  @ValueSource(strings = {"sd1", "sdxl", "guidance-embedding"})
  void theTimesEmbeddingIsMadeOnTheDeviceOfTheTimes(String name) {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("unet/" + name)) {
      UNet2DConditionConfig config = UNet2DConditionConfig.of(f.config());
      Checkpoint read = f.weights();
      TimeEmbedding.of(Weights.of(read), config);
      TensorMap stored = new TensorMap(read.parameters());
      FileWeights there = new FileWeights(name, stored, Precision.FULL, Device.META, Map.of());
      TimeEmbedding embedding = TimeEmbedding.of(Weights.of(there), config);

      Conditioning c = conditioning(f);
      Conditioning told =
          new Conditioning(
              c.tokens().to(Device.META), at(c.pooled()), at(c.timeIds()), at(c.guidance()), null);
      Tensor out = embedding.forward(f.get("t").to(Device.META), told, Adapters.NONE);

      assertThat(out.device()).isEqualTo(Device.META);
      assertThat(out.shape()).containsExactly(f.get("t").size(0), config.timeEmbeddingChannels());
    }
  }

  private static @Nullable Tensor at(@Nullable Tensor t) {
    return t == null ? null : t.to(Device.META);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sd1", "sdxl", "guidance-embedding", "every-number-another", "upscaler"})
  void freshWeightsHaveTheKeysOfDiffusers(String name) {
    try (Scope scope = Scope.open();
        Fixture f = new Fixture("unet/" + name)) {
      InitializedWeights fresh = new InitializedWeights(0);
      UNet2DConditionModel.of(Weights.of(fresh), UNet2DConditionConfig.of(f.config()));

      assertThat(fresh.parameters().keySet())
          .containsExactlyInAnyOrderElementsOf(f.parameterNames());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sdxl", "every-number-another", "guidance-embedding", "upscaler"})
  void anAdapterBesideEachListedLayerActsLikeWeightsThatContainIt(String name) {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("unet/" + name)) {
      Checkpoint weights = f.weights();
      UNet2DConditionModel unet =
          UNet2DConditionModel.of(Weights.of(weights), UNet2DConditionConfig.of(f.config()));
      Map<String, Adapters.LoraDelta> deltas = new HashMap<>();
      for (LayerShape layer : unet.layers()) {
        deltas.put(layer.path(), delta(layer, deltas.size()));
      }

      Tensor beside =
          forward(
              unet, f, path -> deltas.containsKey(path) ? List.of(deltas.get(path)) : List.of());
      for (LayerShape layer : unet.layers()) {
        Tensor w = weights.parameters().get(layer.path() + ".weight");
        w.copyFrom_(w.plus(merged(layer, deltas.get(layer.path()))));
      }
      Tensor inside = forward(unet, f, Adapters.NONE);

      assertClose("output", beside, inside, 1e-5);
    }
  }

  private static Adapters.LoraDelta delta(LayerShape layer, int seed) {
    RandomSource random = new RandomSource(seed);
    double size = 0.2 / Math.sqrt(layer.fanIn());
    Tensor down = random.normal(2, layer.fanIn()).times(size);
    Tensor up = random.normal(layer.out(), 2);
    return layer.convolution()
        ? new Adapters.LoraDelta(
            down.reshape(2, layer.in(), layer.kernelHeight(), layer.kernelWidth()),
            up.reshape(layer.out(), 2, 1, 1),
            0.5)
        : new Adapters.LoraDelta(down, up, 0.5);
  }

  private static Tensor merged(LayerShape layer, Adapters.LoraDelta d) {
    Tensor product = d.up().reshape(layer.out(), 2).matmul(d.down().reshape(2, -1));
    Tensor shaped =
        layer.convolution()
            ? product.reshape(layer.out(), layer.in(), layer.kernelHeight(), layer.kernelWidth())
            : product;
    return shaped.times(d.scale());
  }

  @Test
  void aTableOfClassesNeedsLabelsAndLabelsNeedATable() {
    try (Scope scope = Scope.inference();
        Fixture upscaler = new Fixture("unet/upscaler");
        Fixture plain = new Fixture("unet/sd1")) {
      UNet2DConditionModel classes =
          UNet2DConditionModel.of(
              Weights.of(upscaler.weights()), UNet2DConditionConfig.of(upscaler.config()));
      UNet2DConditionModel none =
          UNet2DConditionModel.of(
              Weights.of(plain.weights()), UNet2DConditionConfig.of(plain.config()));
      Conditioning text = Conditioning.text(upscaler.get("tokens"));
      Conditioning labelled = conditioning(plain).withClassLabels(Tensor.of(new long[] {1, 2}, 2));

      assertThatThrownBy(
              () -> classes.forward(upscaler.get("x"), upscaler.get("t"), text, Adapters.NONE))
          .hasMessageContaining("needs class labels");
      assertThatThrownBy(
              () -> none.forward(plain.get("x"), plain.get("t"), labelled, Adapters.NONE))
          .hasMessageContaining("has no class embedding");
      // The picture's level is one thing, the time another.
      Conditioning zero = text.withClassLabels(Tensor.of(new long[] {0, 0, 0}, 3));
      Tensor out = classes.forward(upscaler.get("x"), upscaler.get("t"), zero, Adapters.NONE);
      assertThat(out.minus(upscaler.get("out")).abs().max().item()).isGreaterThan(0.01);
    }
  }

  @Test
  void layersAreAllLinearLayersAndConvolutionsOfTheNetwork() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("unet/one-block")) {
      InitializedWeights fresh = new InitializedWeights(0);
      UNet2DConditionModel unet =
          UNet2DConditionModel.of(Weights.of(fresh), UNet2DConditionConfig.of(f.config()));

      assertThat(unet.layers())
          .contains(
              new LayerShape("conv_in", 4, 8, 3, 3),
              LayerShape.linear("time_embedding.linear_1", 8, 32),
              LayerShape.linear(
                  "down_blocks.0.attentions.1.transformer_blocks.0.attn2.to_k", 4, 8));
      assertThat(unet.layers())
          .hasSize((int) fresh.parameters().values().stream().filter(t -> t.dim() > 1).count());
    }
  }

  @Test
  void mixedPrecisionStaysNearAndAnswersInFloat32() {
    try (Scope scope = Scope.open();
        Fixture f = new Fixture("unet/sdxl")) {
      Checkpoint weights = f.weights();
      UNet2DConditionModel unet =
          UNet2DConditionModel.of(Weights.of(weights), UNet2DConditionConfig.of(f.config()));

      Tensor out;
      try (Autograd.Autocast mixed = Autograd.bf16()) {
        out = forward(unet, f, Adapters.NONE);
      }
      Autograd.backward(f.loss(out));

      assertThat(out.dtype()).isEqualTo(DType.F32);
      assertClose("output", out, f.get("out"), 0.05);
      assertThat(out.sameAs(forward(unet, f, Adapters.NONE))).isFalse();
      for (Tensor p : weights.parameters().values()) {
        assertThat(Autograd.gradient(p).isFinite()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sdxl", "upscaler"})
  void theTextIsReadOnceForAllSteps(String name) {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("unet/" + name)) {
      UNet2DConditionModel unet =
          UNet2DConditionModel.of(Weights.of(f.weights()), UNet2DConditionConfig.of(f.config()));
      Tensor tokens = f.get("tokens").copy();
      Conditioning own = conditioning(f);
      Conditioning c =
          new Conditioning(tokens, own.pooled(), own.timeIds(), null, null, own.classLabels());
      Tensor x = f.get("x");
      Tensor early = f.get("t");
      Tensor late = early.times(0.5);
      Tensor first = unet.forward(x, early, c, Adapters.NONE);
      Tensor second = unet.forward(x, late, c, Adapters.NONE);

      PreparedConditioning told = unet.prepare(c, Adapters.NONE);
      tokens.copyFrom_(tokens.zerosLike());

      assertThat(unet.forward(x, early, told).sameAs(first)).isTrue();
      assertThat(unet.forward(x, late, told).sameAs(second)).isTrue();
      assertThat(unet.forward(x, early, c, Adapters.NONE).sameAs(first)).isFalse();
    }
  }

  @Test
  void aForwardCallKeepsNothingButItsAnswer() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("unet/sdxl")) {
      UNet2DConditionModel unet =
          UNet2DConditionModel.of(Weights.of(f.weights()), UNet2DConditionConfig.of(f.config()));
      Conditioning c = conditioning(f);
      long before = Engine.settledObjects();
      try (Scope inner = Scope.open()) {
        Tensor out = Scope.result(() -> unet.forward(f.get("x"), f.get("t"), c, Adapters.NONE));
        assertThat(out.isFinite()).isTrue();
      }
      assertThat(Engine.liveObjects()).isEqualTo(before);
    }
  }

  @Test
  void rowsDoNotInfluenceEachOther() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("unet/guidance-embedding")) {
      UNet2DConditionModel unet =
          UNet2DConditionModel.of(Weights.of(f.weights()), UNet2DConditionConfig.of(f.config()));

      Tensor second =
          unet.forward(
              f.get("x").narrow(0, 1, 1),
              f.get("t").narrow(0, 1, 1),
              conditioning(f).rows(1, 1),
              Adapters.NONE);

      assertClose("row 1", second, f.get("out").narrow(0, 1, 1), 1e-5);
    }
  }

  @Test
  void guidanceWeightsNeedANetworkThatEmbedsThem() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("unet/one-block")) {
      UNet2DConditionModel unet =
          UNet2DConditionModel.of(Weights.of(f.weights()), UNet2DConditionConfig.of(f.config()));
      Conditioning c = conditioning(f).withGuidance(Tensor.of(new float[] {1, 2}));

      assertThatThrownBy(() -> unet.forward(f.get("x"), f.get("t"), c, Adapters.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("time_cond_proj_dim");
    }
  }

  @Test
  void pooledTextAndSizesAreAskedForByName() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("unet/sdxl")) {
      UNet2DConditionModel unet =
          UNet2DConditionModel.of(Weights.of(f.weights()), UNet2DConditionConfig.of(f.config()));
      Conditioning c = Conditioning.text(f.get("tokens"));

      assertThatThrownBy(() -> unet.forward(f.get("x"), f.get("t"), c, Adapters.NONE))
          .hasMessageContaining("pooled text");
    }
  }

  @Test
  void timesAndConditioningMustHaveARowForEachPicture() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("unet/one-block")) {
      UNet2DConditionModel unet =
          UNet2DConditionModel.of(Weights.of(f.weights()), UNet2DConditionConfig.of(f.config()));

      assertThatThrownBy(
              () -> unet.forward(f.get("x"), f.get("t"), conditioning(f).rows(0, 1), Adapters.NONE))
          .hasMessageContaining("1 rows");
    }
  }
}
