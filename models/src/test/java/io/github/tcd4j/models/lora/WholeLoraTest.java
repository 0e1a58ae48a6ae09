package io.github.tcd4j.models.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.files.TensorMap;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A LoRA acts as a whole or not at all. Understood beside factors: LyCORIS' trained norms ({@code
 * w_norm}, {@code b_norm}), full differences with their biases ({@code diff}, {@code diff_b}),
 * ComfyUI's {@code set_weight} and {@code reshape_weight}. Refused by name: OFT, BOFT, Diag-OFT,
 * GLoKr, T-LoRA, VeRA, AdaLoRA, embeddings and the rest of peft's adapters, its (IA)^3 among them.
 */
class WholeLoraTest {
  @TempDir Path folder;

  private final Map<String, Tensor> base = new LinkedHashMap<>();
  private final Map<String, Tensor> file = new LinkedHashMap<>();

  private void network() {
    base.put("a.weight", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
    base.put("a.bias", Tensor.of(new float[] {1, 2}, 2));
    base.put("b.weight", Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));
    base.put("norm.weight", Tensor.of(new float[] {1, 1}, 2));
    base.put("norm.bias", Tensor.of(new float[] {0, 1}, 2));
  }

  private List<LayerShape> layers() {
    return LayerShape.of(new TensorMap(base));
  }

  private Path write() {
    Path path = folder.resolve("lora.safetensors");
    SafeTensorsWriter.write(path, file, Map.of());
    return path;
  }

  private void lora(String module) {
    file.put(module + ".lora_down.weight", Tensor.ones(DType.F32, 1, 3));
    file.put(module + ".lora_up.weight", Tensor.ones(DType.F32, 2, 1));
  }

  private float[] fused(String parameter, double weight) {
    LoraBinding binding = LoraFile.read(write()).bind(layers());
    binding.report().require(MatchPolicy.STRICT, "it");
    FusedLora fused = FusedLora.fuse(base, List.of(binding.unet().weighted(weight)));
    float[] values = base.get(parameter).toFloatArray();
    fused.unfuse();
    return values;
  }

  @Test
  void trainedNormsAreAddedWithTheRest() {
    try (Scope scope = Scope.inference()) {
      network();
      lora("lora_unet_a");
      file.put("lora_unet_norm.w_norm", Tensor.of(new float[] {2, 4}, 2));
      file.put("lora_unet_norm.b_norm", Tensor.of(new float[] {-2, 6}, 2));

      assertThat(fused("norm.weight", 0.5)).containsExactly(2, 3);
      assertThat(fused("norm.bias", 0.5)).containsExactly(-1, 4);
      assertThat(fused("a.weight", 0.5)).containsExactly(1.5f, 2.5f, 3.5f, 4.5f, 5.5f, 6.5f);
      assertThat(base.get("norm.bias").toFloatArray()).containsExactly(0, 1);
    }
  }

  @Test
  void fullDifferencesAreAddedToWeightAndBiasWhateverTheAlpha() {
    try (Scope scope = Scope.inference()) {
      network();
      file.put("diffusion_model.a.diff", Tensor.ones(DType.F32, 2, 3));
      file.put("diffusion_model.a.diff_b", Tensor.of(new float[] {10, 20}, 2));
      file.put("diffusion_model.a.alpha", Tensor.scalar(7));

      assertThat(fused("a.weight", 2)).containsExactly(3, 4, 5, 6, 7, 8);
      assertThat(fused("a.bias", 2)).containsExactly(21, 42);
    }
  }

  @Test
  void aNewWeightTakesThePlaceOfTheOldWhateverTheFactor() {
    try (Scope scope = Scope.inference()) {
      network();
      file.put("diffusion_model.b.set_weight", Tensor.ones(DType.F32, 2, 2));

      assertThat(fused("b.weight", 0.3)).containsExactly(1, 1, 1, 1);
      assertThat(fused("b.weight", 0)).containsExactly(1, 2, 3, 4);
    }
  }

  @Test
  void aShapeToPadToMustBeThatOfTheFactors() {
    try (Scope scope = Scope.inference()) {
      network();
      lora("diffusion_model.a");
      file.put("diffusion_model.a.reshape_weight", Tensor.of(new long[] {2, 3}, 2));
      assertThat(fused("a.weight", 1)).containsExactly(2, 3, 4, 5, 6, 7);

      file.put("diffusion_model.a.reshape_weight", Tensor.of(new long[] {2, 6}, 2));
      Path path = write();
      assertThatThrownBy(() -> LoraFile.read(path)).hasMessageContaining("reshape_weight");
    }
  }

  @Test
  void aBiasForALayerThatHasNoneIsUnmatched() {
    try (Scope scope = Scope.inference()) {
      network();
      lora("lora_unet_a");
      file.put("lora_unet_b.diff_b", Tensor.ones(DType.F32, 2));
      LoraMatchReport report = LoraFile.read(write()).bind(layers()).report();

      assertThatThrownBy(() -> report.require(MatchPolicy.WHOLE, "it"))
          .isInstanceOf(LoraException.class)
          .hasMessageContaining("lora_unet_b.diff_b");
      assertThatCode(() -> report.require(MatchPolicy.PARTIAL, "it")).doesNotThrowAnyException();
    }
  }

  @Test
  void normsAndBiasesActInTheCallAsTheyDoFused() {
    try (Scope scope = Scope.inference()) {
      Tensor scale = Tensor.of(new float[] {1, 2}, 2);
      Tensor shift = Tensor.of(new float[] {3, 4}, 2);
      LayerNorm norm = new LayerNorm("norm", scale, shift, 1e-5);
      network();
      file.put("lora_unet_norm.w_norm", Tensor.of(new float[] {1, -1}, 2));
      file.put("lora_unet_norm.b_norm", Tensor.of(new float[] {2, 4}, 2));
      LoraAdapter adapter = LoraFile.read(write()).bind(layers()).unet().weighted(0.5);
      LayerNorm changed =
          new LayerNorm(
              "norm",
              Tensor.of(new float[] {1.5f, 1.5f}, 2),
              Tensor.of(new float[] {4, 6}, 2),
              1e-5);
      Tensor x = Tensor.of(new float[] {1, 5, -2, 3}, 2, 2);

      assertThat(norm.forward(x, adapter).sameAs(changed.forward(x))).isTrue();
      assertThat(norm.forward(x, Adapters.sum(List.of(adapter.weighted(0), adapter))))
          .matches(y -> y.sameAs(changed.forward(x)));
      assertThat(adapter.at("norm")).isEmpty();
    }
  }

  @Test
  void whatIsForANetworkThatTheModelLacksOrChangesNothingIsNoReasonToRefuse() {
    try (Scope scope = Scope.inference()) {
      network();
      lora("lora_unet_a");
      lora("lora_te2_text_model_encoder_layers_0_mlp_fc1");
      file.put("lora_unet_b.alpha", Tensor.scalar(1));
      LoraMatchReport report = LoraFile.read(write()).bind(layers()).report();

      assertThat(report.unmatched()).hasSize(2);
      assertThatCode(() -> report.require(MatchPolicy.WHOLE, "it")).doesNotThrowAnyException();
      assertThatThrownBy(() -> report.require(MatchPolicy.STRICT, "it"))
          .isInstanceOf(LoraException.class);
    }
  }

  @Test
  void whatChangesALayerBehindTheLastThatIsReadIsNoReasonToRefuse() {
    try (Scope scope = Scope.inference()) {
      String last = "lora_te_text_model_encoder_layers_1_mlp_fc1";
      lora(last);
      lora("lora_te_text_model_encoder_layers_0_mlp_fc1");
      LayerShape layer = LayerShape.linear("text_model.encoder.layers.0.mlp.fc1", 3, 2);
      LoraMatchReport report =
          LoraFile.read(write()).bind(Map.of(Component.TEXT_ENCODER, List.of(layer))).report();

      assertThat(report.unmatched()).hasSize(1);
      assertThatCode(() -> report.require(MatchPolicy.WHOLE, "it")).doesNotThrowAnyException();
    }
  }

  @Test
  void twoChangesOfOneLayerUnderTwoNamesAreAnError() {
    try (Scope scope = Scope.inference()) {
      network();
      lora("lora_unet_a");
      lora("unet.a");
      LoraFile lora = LoraFile.read(write());

      assertThatThrownBy(() -> lora.bind(layers())).hasMessageContaining("twice");
    }
  }

  @Test
  void wholeChangesKeepTheirBitsInKohyasNamesAndHaveNoPlaceInPefts() {
    try (Scope scope = Scope.inference()) {
      network();
      lora("lora_unet_a");
      file.put("lora_unet_a.alpha", Tensor.scalar(1));
      file.put("lora_unet_a.diff_b", Tensor.ones(DType.F32, 2));
      file.put("lora_unet_norm.w_norm", Tensor.ones(DType.F32, 2));
      file.put("lora_unet_norm.b_norm", Tensor.ones(DType.F32, 2));
      Path in = write();
      Path out = folder.resolve("out.safetensors");
      Map<Component, List<LayerShape>> net = Map.of(Component.UNET, layers());

      new LoraConverter(LoraStyle.KOHYA, null).convert(in, out, net, MatchPolicy.STRICT);

      try (SafeTensors written = SafeTensors.open(out)) {
        assertThat(written.names()).containsExactlyInAnyOrderElementsOf(file.keySet());
        file.forEach((n, t) -> assertThat(written.get(n).sameAs(t)).as(n).isTrue());
      }
      LoraConverter peft = new LoraConverter(LoraStyle.PEFT_DIFFUSERS, null);
      assertThatThrownBy(() -> peft.convert(in, out, net, MatchPolicy.STRICT))
          .hasMessageContaining("has no place in the style");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lora_unet_b.oft_blocks",
        "lora_unet_b.oft_diag",
        "lora_unet_b.rescale",
        "base_model.model.b.boft_R",
        "base_model.model.b.oft_R.weight",
        "base_model.model.b.ia3_l",
        "base_model.model.b.ia3_l",
        "lora_unet_b.a1_a.weight",
        "lora_unet_b.am.weight",
        "lora_unet_b.b1",
        "base_model.model.b.vera_lambda_b",
        "base_model.vera_A",
        "base_model.model.b.lora_E",
        "base_model.model.b.lora_embedding_A",
        "base_model.model.b.lora_B.bias",
        "base_model.model.b.fourierft_spectrum",
        "base_model.model.b.hra_u",
        "lora_unet_b.q_layer.weight",
        "base_model.model.b.modules_to_save.weight"
      })
  void anAdapterOfAKindThatIsNotSupportedIsRefusedByName(String key) {
    try (Scope scope = Scope.inference()) {
      lora("lora_unet_a");
      file.put(key, Tensor.ones(DType.F32, 2));
      Path path = write();

      assertThatThrownBy(() -> LoraFile.read(path))
          .isInstanceOf(LoraException.class)
          .hasMessageContaining(key)
          .hasMessageContaining("not supported");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lora_unet_b.scalar",
        "base_model.model.b.bias",
        "bundle_emb.word.string_to_param.*",
        "lora_unet_b.something_new"
      })
  void aKeyThatNobodyKnowsIsAnErrorUnlessAPartIsWanted(String key) {
    try (Scope scope = Scope.inference()) {
      network();
      lora("lora_unet_a");
      file.put(key, Tensor.ones(DType.F32, 2));
      LoraMatchReport report = LoraFile.read(write()).bind(layers()).report();

      assertThatThrownBy(() -> report.require(MatchPolicy.WHOLE, "it")).hasMessageContaining(key);
      assertThatCode(() -> report.require(MatchPolicy.PARTIAL, "it")).doesNotThrowAnyException();
    }
  }

  private Path writePeft(String config) {
    Path path = folder.resolve("peft.safetensors");
    file.put("unet.a.lora_A.weight", Tensor.ones(DType.F32, 1, 3));
    file.put("unet.a.lora_B.weight", Tensor.ones(DType.F32, 2, 1));
    SafeTensorsWriter.write(path, file, Map.of("lora_adapter_metadata", config));
    return path;
  }

  @ParameterizedTest
  @ValueSource(strings = {"pissa", "pissa_niter_16", "olora", "corda", "loftq", "lora_ga"})
  void factorsForTheRestOfAWeightAreRefusedByTheNameOfTheirStart(String start) {
    Path path = writePeft("{\"unet.r\": 1, \"unet.init_lora_weights\": \"" + start + "\"}");

    assertThatThrownBy(() -> LoraFile.read(path))
        .isInstanceOf(LoraException.class)
        .hasMessageContaining("init_lora_weights " + start)
        .hasMessageContaining("path_initial_model_for_weight_conversion");
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false", "\"gaussian\"", "\"eva\"", "\"orthogonal\"", "null"})
  void otherStartsAndTheOrderOfTransposedLayersChangeNothing(String start) {
    try (Scope scope = Scope.inference()) {
      network();
      Path path =
          writePeft(
              "{\"unet.r\": 1, \"unet.lora_alpha\": 2, \"unet.fan_in_fan_out\": true,"
                  + " \"unet.init_lora_weights\": "
                  + start
                  + "}");
      LoraAdapter adapter = LoraFile.read(path).bind(layers()).unet();
      assertThat(adapter.deltas().get("a").change(2, 3).toFloatArray())
          .containsExactly(2, 2, 2, 2, 2, 2);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'unet.lora_alpha': 2} | 2",
        "{'unet.lora_alpha': 2, 'unet.use_rslora': true} | 4",
        "{'unet.lora_alpha': 2, 'unet.alpha_pattern': {'a': 6}} | 6",
        "{'unet.lora_alpha': 2, 'unet.alpha_pattern': {'b': 6}} | 2",
        "{'unet.lora_alpha': 2, 'unet.r': 9, 'unet.rank_pattern': {'a': 4}} | 2",
        "{'text_encoder.lora_alpha': 2} | 4"
      })
  void theScaleOfALayerIsThatOfPeftsConfiguration(String config, float each) {
    try (Scope scope = Scope.inference()) {
      network();
      file.put("unet.a.lora_A.weight", Tensor.ones(DType.F32, 4, 3));
      file.put("unet.a.lora_B.weight", Tensor.ones(DType.F32, 2, 4));
      Path path = folder.resolve("peft.safetensors");
      SafeTensorsWriter.write(
          path, file, Map.of("lora_adapter_metadata", config.replace('\'', '"')));
      LoraAdapter adapter = LoraFile.read(path).bind(layers()).unet();

      assertThat(adapter.deltas().get("a").change(2, 3).toFloatArray())
          .containsExactly(each, each, each, each, each, each);
    }
  }
}
