package io.github.tcd4j.models.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoraFileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "peft-diffusers.safetensors, PEFT_DIFFUSERS, 79, 4",
    "peft-diffusers-with-alpha.safetensors, PEFT_DIFFUSERS, 79, 4",
    "peft-raw/adapter_model.safetensors, PEFT_RAW, 79, 0",
    "kohya.safetensors, KOHYA, 79, 4",
    "diffusers-old.safetensors, DIFFUSERS_OLD, 32, 0"
  })
  void everyStyleOfKeysGivesTheSameChange(String file, LoraStyle style, int unet, int text) {
    try (Scope scope = Scope.inference()) {
      LoraFile lora = LoraFile.read(Deltas.fixture(file));
      LoraBinding binding = lora.bind(Deltas.networks());
      LoraAdapter textAdapter = binding.adapter(Component.TEXT_ENCODER);

      assertThat(lora.styles()).containsExactly(style);
      assertThat(binding.report().unmatched()).isEmpty();
      assertThat(binding.unet().deltas()).hasSize(unet);
      assertThat(textAdapter.deltas()).hasSize(text);
      assertThat(Deltas.worst(binding.unet(), Component.UNET)).isLessThan(1e-6);
      assertThat(Deltas.worst(textAdapter, Component.TEXT_ENCODER)).isLessThan(1e-6);
      assertThat(lora.metadata()).isNull();
    }
  }

  @Test
  void aPatternOfAlphasThatIsNoneIsRefusedByName() throws IOException {
    Path from = Deltas.fixture("peft-raw/adapter_model.safetensors");
    Path file = Files.copy(from, folder.resolve("adapter_model.safetensors"));
    Files.writeString(
        folder.resolve("adapter_config.json"),
        "{\"lora_alpha\":4,\"alpha_pattern\":{\"to_q(\":2}}");

    assertThatThrownBy(() -> LoraFile.read(file))
        .isInstanceOf(LoraException.class)
        .hasMessageStartingWith(file + " has a peft configuration whose alpha_pattern to_q( is no");
  }

  @Test
  void kohyaFilesMayHaveAnotherAlphaInEveryLayer() {
    try (Scope scope = Scope.inference()) {
      LoraFile lora = LoraFile.read(Deltas.fixture("kohya.safetensors"));

      assertThat(lora.modules().stream().map(LoraModule::scale).distinct().sorted())
          .containsExactly(0.25, 0.5, 1.0, 2.0);
    }
  }

  @Test
  void whatIsForTheTextEncoderIsReportedWhereOnlyTheUNetIsBound() {
    try (Scope scope = Scope.inference()) {
      LoraBinding binding =
          LoraFile.read(Deltas.fixture("kohya.safetensors")).bind(Deltas.layers(Component.UNET));

      assertThat(binding.report().matched()).hasSize(79);
      assertThat(binding.report().unmatched())
          .extracting(LoraMatchReport.Unmatched::toString)
          .containsExactly(
              "lora_te_text_model_encoder_layers_0_self_attn_k_proj (for text_encoder)",
              "lora_te_text_model_encoder_layers_0_self_attn_out_proj (for text_encoder)",
              "lora_te_text_model_encoder_layers_0_self_attn_q_proj (for text_encoder)",
              "lora_te_text_model_encoder_layers_0_self_attn_v_proj (for text_encoder)");
    }
  }

  @Test
  void layersThatTheNetworkLacksAreReportedByName() {
    try (Scope scope = Scope.inference()) {
      List<LayerShape> layers = Deltas.layers(Component.UNET);
      LayerShape missing = layers.get(0);
      LoraBinding binding =
          LoraFile.read(Deltas.fixture("peft-raw/adapter_model.safetensors"))
              .bind(layers.subList(1, layers.size()));

      assertThat(binding.report().matched()).hasSize(78);
      assertThat(binding.report().unmatched())
          .extracting(LoraMatchReport.Unmatched::toString)
          .containsExactly("base_model.model." + missing.path() + " (no such layer)");
      assertThat(binding.report().toString()).contains(missing.path());
    }
  }

  @Test
  void aLoraThatMatchesNothingIsAnError() {
    try (Scope scope = Scope.inference()) {
      LoraFile lora = LoraFile.read(Deltas.fixture("kohya.safetensors"));

      assertThatThrownBy(() -> lora.bind(List.of(LayerShape.linear("blocks.0.to_q", 8, 8))))
          .isInstanceOf(LoraException.class)
          .hasMessageContaining("kohya.safetensors matches nothing in this model")
          .hasMessageContaining("83 unmatched");
    }
  }

  @Test
  void layersOfAnotherSizeDoNotMatch() {
    try (Scope scope = Scope.inference()) {
      LoraFile lora = write("unet.a.to_q", 2, 8, 6);

      assertThatThrownBy(() -> lora.bind(List.of(LayerShape.linear("a.to_q", 16, 6))))
          .isInstanceOf(LoraException.class)
          .hasMessageContaining("does not fit")
          .hasMessageContaining("in=16");
    }
  }

  @Test
  void linearFactorsFitAConvolutionOfKernelOneAndTheOtherWayRound() {
    try (Scope scope = Scope.inference()) {
      LoraFile lora = write("unet.a.proj_in", 2, 8, 6);
      LoraBinding binding = lora.bind(List.of(new LayerShape("a.proj_in", 8, 6, 1, 1)));

      assertThat(binding.unet().deltas().get("a.proj_in").down().shape())
          .containsExactly(2, 8, 1, 1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "lora_te_text_model_encoder_layers_0_self_attn_q_proj, .lora_down.weight, TEXT_ENCODER",
    "lora_te1_text_model_encoder_layers_0_self_attn_q_proj, .lora_down.weight, TEXT_ENCODER",
    "lora_te2_text_model_encoder_layers_0_self_attn_q_proj, .lora_down.weight, TEXT_ENCODER_2",
    "text_encoder.text_model.encoder.layers.0.self_attn.q_proj, .lora_A.weight, TEXT_ENCODER",
    "text_encoder.encoder.layers.0.self_attn.q_proj, .lora_A.weight, TEXT_ENCODER",
    "text_encoder_2.text_model.encoder.layers.0.self_attn.q_proj, .lora_A.weight, TEXT_ENCODER_2",
    "text_encoder.text_model.encoder.layers.0.self_attn.to_q, _lora.down.weight, TEXT_ENCODER",
    "text_encoder_2.text_model.encoder.layers.0.self_attn.to_q, _lora.down.weight, TEXT_ENCODER_2",
    "text_encoder_2.encoder.layers.0.self_attn.q_proj, .lora_linear_layer.down.weight,"
        + " TEXT_ENCODER_2"
  })
  void everyStyleReachesTheTextEncoders(String key, String down, Component component) {
    try (Scope scope = Scope.inference()) {
      String up = down.replace("down", "up").replace("lora_A", "lora_B");
      Path file = folder.resolve("text.safetensors");
      SafeTensorsWriter.write(
          file,
          Map.of(
              key + down, Tensor.ones(DType.F32, 2, 6),
              key + up, Tensor.ones(DType.F32, 4, 2)),
          Map.of());
      for (String prefix : List.of("", "text_model.")) {
        String path = prefix + "encoder.layers.0.self_attn.q_proj";
        LoraBinding binding =
            LoraFile.read(file).bind(Map.of(component, List.of(LayerShape.linear(path, 6, 4))));

        assertThat(binding.report().unmatched()).isEmpty();
        assertThat(binding.adapter(component).changes()).containsOnlyKeys(path);
      }
    }
  }

  private LoraFile write(String key, long rank, long in, long out) {
    Path file = folder.resolve("lora.safetensors");
    SafeTensorsWriter.write(
        file,
        Map.of(
            key + ".lora_A.weight", Tensor.ones(DType.F32, rank, in),
            key + ".lora_B.weight", Tensor.ones(DType.F32, out, rank)),
        Map.of());
    return LoraFile.read(file);
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> LoraFile.read(folder.resolve("none.safetensors")))
        .isInstanceOf(LoraException.class)
        .hasMessageContaining("none.safetensors does not exist");
  }

  @Test
  void aFileWithoutFactorsIsNoLora() {
    try (Scope scope = Scope.inference()) {
      Path file = folder.resolve("weights.safetensors");
      SafeTensorsWriter.write(file, Map.of("a.weight", Tensor.ones(DType.F32, 2)), Map.of());

      assertThatThrownBy(() -> LoraFile.read(file))
          .isInstanceOf(LoraException.class)
          .hasMessageContaining("holds no LoRA");
    }
  }

  @Test
  void factorsOfDifferentRanksAreAnError() {
    try (Scope scope = Scope.inference()) {
      Path file = folder.resolve("ranks.safetensors");
      SafeTensorsWriter.write(
          file,
          Map.of(
              "unet.a.lora_A.weight", Tensor.ones(DType.F32, 2, 4),
              "unet.a.lora_B.weight", Tensor.ones(DType.F32, 4, 3)),
          Map.of());

      assertThatThrownBy(() -> LoraFile.read(file))
          .isInstanceOf(LoraException.class)
          .hasMessageContaining("different ranks, 2 and 3");
    }
  }

  @Test
  void otherKindsOfAdapterAreRefusedAndNotHalfApplied() {
    try (Scope scope = Scope.inference()) {
      Path file = folder.resolve("oft.safetensors");
      SafeTensorsWriter.write(
          file,
          Map.of(
              "lora_unet_a.lora_down.weight", Tensor.ones(DType.F32, 2, 4),
              "lora_unet_a.lora_up.weight", Tensor.ones(DType.F32, 4, 2),
              "lora_unet_b.oft_blocks", Tensor.ones(DType.F32, 4, 2, 2)),
          Map.of());

      assertThatThrownBy(() -> LoraFile.read(file))
          .isInstanceOf(LoraException.class)
          .hasMessageContaining("lora_unet_b.oft_blocks")
          .hasMessageContaining("not supported");
    }
  }

  /** Also of alphas, whole changes and magnitudes: all that a file brings. */
  @ParameterizedTest
  @CsvSource({
    ".lora_A.weight, NaN",
    ".lora_B.weight, Infinity",
    ".alpha, NaN",
    ".diff_b, -Infinity"
  })
  void aNumberThatIsNotFiniteIsAnErrorThatNamesFileAndKey(String ending, float value) {
    try (Scope scope = Scope.inference()) {
      Path file = folder.resolve("nan.safetensors");
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("unet.a.lora_A.weight", Tensor.ones(DType.F32, 2, 4));
      tensors.put("unet.a.lora_B.weight", Tensor.ones(DType.F32, 4, 2));
      tensors.put("unet.b" + ending, Tensor.of(new float[] {1, value}, 2));
      SafeTensorsWriter.write(file, tensors, Map.of());

      assertThatThrownBy(() -> LoraFile.read(file))
          .isInstanceOf(LoraException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining("not finite")
          .hasMessageContaining("unet.b" + ending);
    }
  }

  @Test
  void aFactorWithoutItsTwinIsReported() {
    try (Scope scope = Scope.inference()) {
      Path file = folder.resolve("half.safetensors");
      SafeTensorsWriter.write(
          file,
          Map.of(
              "unet.a.lora_A.weight", Tensor.ones(DType.F32, 2, 4),
              "unet.a.lora_B.weight", Tensor.ones(DType.F32, 4, 2),
              "unet.b.lora_A.weight", Tensor.ones(DType.F32, 2, 4)),
          Map.of());
      LoraBinding binding = LoraFile.read(file).bind(List.of(LayerShape.linear("a", 4, 4)));

      assertThat(binding.report().unmatched())
          .containsExactly(new LoraMatchReport.Unmatched("unet.b", "no part of a LoRA"));
    }
  }

  @Test
  void readingAndBindingLeaveNothingBehind() {
    try (Scope scope = Scope.inference()) {
      LoraFile.read(Deltas.fixture("kohya.safetensors")).bind(Deltas.networks());
    }
    long before = Engine.settledObjects();
    try (Scope scope = Scope.inference()) {
      LoraFile.read(Deltas.fixture("kohya.safetensors")).bind(Deltas.networks());
    }
    assertThat(Engine.liveObjects()).isEqualTo(before);
  }
}
