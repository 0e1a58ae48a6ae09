package io.github.tcd4j.models.lora;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The names under which trainers store a layer of these families: kohya and OneTrainer ({@code
 * lora_unet_}, {@code lora_te1_}), LyCORIS ({@code lycoris_}), ComfyUI's trainer ({@code
 * diffusion_model.}, {@code text_encoders.clip_l.transformer.}), OneTrainer's newer files ({@code
 * unet.}, {@code clip_l.}), peft ({@code base_model.model.}) and diffusers; with each name for the
 * factors.
 */
class LoraPrefixTest {
  private static final String UNET = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";
  private static final String LDM = "input_blocks.1.1.transformer_blocks.0.attn1.to_q";
  private static final String TEXT = "text_model.encoder.layers.0.mlp.fc1";

  @TempDir Path folder;

  private Map<Component, List<LayerShape>> networks() {
    LayerShape resnet = new LayerShape("down_blocks.0.resnets.0.conv1", 2, 2, 3, 3);
    LayerShape text = LayerShape.linear(TEXT, 3, 4);
    return Map.of(
        Component.UNET, List.of(LayerShape.linear(UNET, 3, 4), resnet),
        Component.TEXT_ENCODER, List.of(text),
        Component.TEXT_ENCODER_2, List.of(text));
  }

  private LoraBinding bind(String module, String down, String up) {
    Path file = folder.resolve("lora.safetensors");
    SafeTensorsWriter.write(
        file,
        Map.of(
            module + down, Tensor.ones(DType.F32, 2, 3),
            module + up, Tensor.ones(DType.F32, 4, 2),
            module + ".alpha", Tensor.scalar(1)),
        Map.of());
    LoraBinding binding = LoraFile.read(file).bind(networks());
    binding.report().require(MatchPolicy.STRICT, module);
    assertThat(binding.report().matched().get(0).alpha()).isEqualTo(1);
    return binding;
  }

  @ParameterizedTest
  @CsvSource({
    "unet., UNET",
    "diffusion_model., UNET",
    "model.diffusion_model., UNET",
    "transformer., UNET",
    "base_model.model., UNET",
    "base_model.model.unet., UNET",
    "'', UNET",
    "text_encoder., TEXT_ENCODER",
    "text_encoders.clip_l.transformer., TEXT_ENCODER",
    "text_encoders.clip_l., TEXT_ENCODER",
    "text_encoders.clip_h.transformer., TEXT_ENCODER",
    "clip_l.transformer., TEXT_ENCODER",
    "clip_l., TEXT_ENCODER",
    "te1., TEXT_ENCODER",
    "cond_stage_model.transformer., TEXT_ENCODER",
    "conditioner.embedders.0.transformer., TEXT_ENCODER",
    "text_encoder_2., TEXT_ENCODER_2",
    "text_encoders.clip_g.transformer., TEXT_ENCODER_2",
    "text_encoders.clip_g., TEXT_ENCODER_2",
    "clip_g., TEXT_ENCODER_2"
  })
  void everyPrefixWithDotsFindsItsNetwork(String prefix, Component component) {
    try (Scope scope = Scope.inference()) {
      boolean unet = component == Component.UNET;
      for (String path : unet ? List.of(UNET, LDM) : List.of(TEXT)) {
        LoraBinding binding = bind(prefix + path, ".lora_down.weight", ".lora_up.weight");

        assertThat(binding.adapter(component).changes()).containsOnlyKeys(unet ? UNET : TEXT);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "lora_unet_, UNET",
    "lycoris_, UNET",
    "lora_te_, TEXT_ENCODER",
    "lora_te1_, TEXT_ENCODER",
    "lora_te2_, TEXT_ENCODER_2"
  })
  void everyPrefixWithUnderscoresFindsItsNetwork(String prefix, Component component) {
    try (Scope scope = Scope.inference()) {
      String path = component == Component.UNET ? UNET : TEXT;
      String module = prefix + path.replace('.', '_');

      assertThat(bind(module, ".lora_A.weight", ".lora_B.weight").adapter(component).changes())
          .containsOnlyKeys(path);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".lora_A.weight",
        ".lora_A.default.weight",
        ".lora_A",
        ".lora_down.weight",
        ".lora.down.weight",
        ".lora_linear_layer.down.weight",
        "_lora.down.weight"
      })
  void everyNameOfTheFactorsIsReadBehindComfysPrefix(String down) {
    try (Scope scope = Scope.inference()) {
      String up = down.replace("down", "up").replace("lora_A", "lora_B");

      assertThat(bind("diffusion_model." + UNET, down, up).unet().deltas()).containsOnlyKeys(UNET);
    }
  }

  @Test
  void aFileWithDoraScaleHasLycorisWeightWhateverItsPrefix() {
    try (Scope scope = Scope.inference()) {
      Path file = folder.resolve("dora.safetensors");
      String module = "diffusion_model." + UNET;
      SafeTensorsWriter.write(
          file,
          Map.of(
              module + ".lora_down.weight", Tensor.ones(DType.F32, 2, 3),
              module + ".lora_up.weight", Tensor.ones(DType.F32, 4, 2),
              module + ".dora_scale", Tensor.ones(DType.F32, 4, 1)),
          Map.of());
      LoraModule read = LoraFile.read(file).modules().get(0);

      assertThat(read.magnitude()).isNotNull();
      assertThat(read.magnitude().peft()).isFalse();
    }
  }
}
