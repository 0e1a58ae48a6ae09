package io.github.tcd4j.models.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.layers.WeightsException;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClipNetworksTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"text-quick-gelu", "text-gelu-old-eos"})
  void textModelEqualsTransformers(String name) {
    try (ClipFixture f = new ClipFixture(name)) {
      ClipTextModel model = ClipTextModel.of(f.root(), ClipTextConfig.read(f.config()));
      ClipTextModel.Output out = model.forward(f.tensor("ids"), Adapters.NONE);

      f.check("last", out.last());
      f.check("pooled", out.pooled());
      f.checkHidden(out.hidden());
      assertThat(f.checkpoint.unread()).isEmpty();
    }
  }

  @Test
  void textModelWithProjectionEqualsTransformers() {
    try (ClipFixture f = new ClipFixture("text-projection")) {
      ClipTextModelWithProjection model =
          ClipTextModelWithProjection.of(f.root(), ClipTextConfig.read(f.config()));
      ClipTextModelWithProjection.Output out = model.forward(f.tensor("ids"), Adapters.NONE);

      f.check("last", out.text().last());
      f.check("features", out.features());
      f.checkHidden(out.text().hidden());
      assertThat(f.checkpoint.unread()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"vision-patch-16", "vision-patch-8"})
  void visionModelEqualsTransformers(String name) {
    try (ClipFixture f = new ClipFixture(name)) {
      ClipVisionModel model = ClipVisionModel.of(f.root(), ClipVisionConfig.read(f.config()));
      ClipVisionModel.Output out = model.forward(f.tensor("pixels"));

      f.check("last", out.last());
      f.check("pooled", out.pooled());
      f.checkHidden(out.hidden());
      assertThat(f.checkpoint.unread()).isEmpty();
    }
  }

  @Test
  void jointModelAndTheGradientOfEveryParameterEqualTransformers() {
    try (ClipFixture f = new ClipFixture("joint", true)) {
      ClipModel model = ClipModel.of(f.root(), ClipConfig.read(f.config()));
      Tensor texts = model.textFeatures(f.tensor("ids"));
      Tensor pictures = model.imageFeatures(f.tensor("pixels"));
      Tensor logits = model.logits(texts, pictures);
      Tensor pairs = Tensor.arange(logits.size(0));
      Tensor loss =
          Functional.crossEntropy(logits, pairs)
              .plus(Functional.crossEntropy(logits.transpose(0, 1), pairs))
              .div(2);
      Autograd.backward(loss);

      f.check("text_features", texts);
      f.check("image_features", pictures);
      f.check("logits", logits);
      f.check("loss", loss);
      assertThat(f.checkpoint.unread()).isEmpty();
      Map<String, Tensor> parameters = f.checkpoint.parameters();
      assertThat(parameters.keySet()).containsExactlyInAnyOrderElementsOf(f.keys());
      for (Map.Entry<String, Tensor> e : parameters.entrySet()) {
        if (e.getKey().endsWith("k_proj.bias")) {
          // The softmax forgets what all keys have in common: exactly 0 but for rounding.
          assertThat(Autograd.gradient(e.getValue()).abs().max().item()).isLessThan(1e-6);
        } else {
          f.check("gradient." + e.getKey(), Autograd.gradient(e.getValue()));
        }
      }
    }
  }

  @Test
  void freshWeightsHaveTheNamesAndShapesThatTransformersSaves() {
    try (ClipFixture joint = new ClipFixture("joint");
        ClipFixture projection = new ClipFixture("text-projection");
        ClipFixture old = new ClipFixture("text-gelu-old-eos")) {
      InitializedWeights fresh = new InitializedWeights(0);
      var unused = ClipModel.of(Weights.of(fresh), ClipConfig.read(joint.config()));
      sameNamesAndShapes(fresh, joint, joint.keys());

      fresh = new InitializedWeights(0);
      var unused2 =
          ClipTextModelWithProjection.of(
              Weights.of(fresh), ClipTextConfig.read(projection.config()));
      sameNamesAndShapes(fresh, projection, projection.keys());

      fresh = new InitializedWeights(0);
      var unused3 = ClipTextModel.of(Weights.of(fresh), ClipTextConfig.read(old.config()));
      List<String> parameters =
          old.keys().stream().filter(k -> !k.endsWith("position_ids")).toList();
      assertThat(parameters).hasSizeLessThan(old.keys().size());
      sameNamesAndShapes(fresh, old, parameters);
    }
  }

  private static void sameNamesAndShapes(
      InitializedWeights fresh, ClipFixture f, List<String> keys) {
    assertThat(fresh.parameters().keySet()).containsExactlyInAnyOrderElementsOf(keys);
    fresh
        .parameters()
        .forEach((name, t) -> assertThat(t.shape()).as(name).isEqualTo(f.shape(name)));
  }

  @Test
  void freshWeightsAreSpreadAsInTransformers() {
    var json = ClipFixture.json(ClipFixture.FOLDER.resolve("fresh.json"));
    ClipConfig config = ClipConfig.of(json.get("config"));
    var spreads = json.get("mean_and_std");
    InitializedWeights fresh = new InitializedWeights(5);
    var unused = ClipModel.of(Weights.of(fresh), config);

    assertThat(fresh.parameters()).hasSize(spreads.size());
    fresh
        .parameters()
        .forEach(
            (name, t) -> {
              double mean = spreads.get(name).get(0).doubleValue();
              double std = spreads.get(name).get(1).doubleValue();
              double n = t.numel();
              double ourMean = t.mean().item();
              double ourStd = Math.sqrt(t.minus(ourMean).square().mean().item());
              assertThat(ourMean)
                  .as(name)
                  .isBetween(
                      mean - 0.001 - 4 * std / Math.sqrt(n), mean + 0.001 + 4 * std / Math.sqrt(n));
              double slack = 1e-6 + std * (0.01 + 4 / Math.sqrt(2 * n));
              assertThat(ourStd).as(name).isBetween(std - slack, std + slack);
            });
  }

  @Test
  void theOldRulePoolsAtTheGreatestIdAndTheNewOneAtTheFirstEnd() {
    ClipTextConfig newRule = tinyText(7);
    ClipTextConfig oldRule = tinyText(2);
    Tensor ids = Tensor.of(new long[] {8, 3, 7, 7, 7, 8, 7, 3, 9, 9, 1, 2, 3, 4, 5}, 3, 5);
    ClipTextModel model = ClipTextModel.of(Weights.of(new InitializedWeights(1)), newRule);
    ClipTextModel.Output first = model.forward(ids, Adapters.NONE);
    ClipTextModel old = ClipTextModel.of(Weights.of(new InitializedWeights(1)), oldRule);
    ClipTextModel.Output greatest = old.forward(ids, Adapters.NONE);

    assertThat(rowPooled(first, 0)).isEqualTo(2);
    assertThat(rowPooled(first, 1)).isEqualTo(1);
    assertThat(rowPooled(first, 2)).as("a row without an end, as in transformers").isEqualTo(0);
    assertThat(rowPooled(greatest, 0)).isEqualTo(0);
    assertThat(rowPooled(greatest, 1)).as("first of the greatest").isEqualTo(3);
    assertThat(rowPooled(greatest, 2)).isEqualTo(4);
  }

  private static int rowPooled(ClipTextModel.Output out, int row) {
    for (int i = 0; i < out.last().size(1); i++) {
      if (out.last().select(0, row).select(0, i).sameAs(out.pooled().select(0, row))) {
        return i;
      }
    }
    return -1;
  }

  @Test
  void anAdapterBesideALayerChangesTheTextAndOnlyInThatCall() {
    ClipTextModel model = ClipTextModel.of(Weights.of(new InitializedWeights(1)), tinyText(7));
    Tensor ids = Tensor.of(new long[] {8, 3, 7}, 1, 3);
    // Not all ones: what the layer takes is normalised, so that its sum is 0 but for rounding.
    Adapters.LoraDelta delta =
        new Adapters.LoraDelta(
            Tensor.of(new float[] {1, 0, -1, 2}, 1, 4),
            Tensor.of(new float[] {1, 0, 0, -2}, 4, 1),
            0.5);
    Adapters adapters =
        path ->
            path.equals("text_model.encoder.layers.0.self_attn.v_proj")
                ? List.of(delta)
                : List.of();
    Tensor plain = model.forward(ids, Adapters.NONE).last();

    assertThat(model.forward(ids, adapters).last().sameAs(plain)).isFalse();
    assertThat(model.forward(ids, Adapters.NONE).last().sameAs(plain)).isTrue();
  }

  @Test
  void inputsThatDoNotFitAreRefusedWithWhatFits() {
    ClipTextModel text = ClipTextModel.of(Weights.of(new InitializedWeights(1)), tinyText(7));
    assertThatThrownBy(() -> text.forward(Tensor.of(new long[6], 1, 6), Adapters.NONE))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("at most 5 tokens but got 6");
    try (ClipFixture f = new ClipFixture("vision-patch-8")) {
      ClipVisionModel vision = ClipVisionModel.of(f.root(), ClipVisionConfig.read(f.config()));
      assertThatThrownBy(() -> vision.forward(Tensor.zeros(DType.F32, 1, 3, 20, 24)))
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("20 x 20 but got 24 x 20");
    }
  }

  @Test
  void aCheckpointOfAnotherNetworkIsRefusedByName() {
    try (ClipFixture f = new ClipFixture("vision-patch-8")) {
      assertThatThrownBy(() -> ClipTextModel.of(f.root(), tinyText(7)))
          .isInstanceOf(WeightsException.class)
          .hasMessageContaining("embeddings.token_embedding.weight");
    }
  }

  private static ClipTextConfig tinyText(int eos) {
    return new ClipTextConfig(10, 4, 8, 4, 1, 2, 5, Activation.GELU, 1e-5, 30, 7, 8, eos);
  }
}
