package io.github.tcd4j.models.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.Fixture;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UNet2DConditionConfigTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sd1",
        "sd2-linear-head-list",
        "sdxl",
        "guidance-embedding",
        "every-number-another",
        "no-middle-asymmetric",
        "upscaler",
        "only-cross-attention"
      })
  void whatIsWrittenSaysWhatDiffusersWrote(String name) throws Exception {
    try (Fixture f = new Fixture("unet/" + name)) {
      UNet2DConditionConfig config = UNet2DConditionConfig.of(f.config());

      JsonNode written = JSON.readTree(config.toJson());

      assertThat(UNet2DConditionConfig.of(written)).isEqualTo(config);
      for (var e : written.properties()) {
        JsonNode theirs = f.config().get(e.getKey());
        assertThat(theirs).as("diffusers knows " + e.getKey()).isNotNull();
        assertThat(comparable(e.getValue())).as(e.getKey()).isEqualTo(comparable(theirs));
      }
    }
  }

  /** One number where a list of equal ones may stand; whole numbers as decimals. */
  private static String comparable(JsonNode value) {
    JsonNode one =
        value.isArray() && allEqual(value) && !value.get(0).isTextual() ? value.get(0) : value;
    return one.isNumber() ? Double.toString(one.doubleValue()) : one.toString();
  }

  private static boolean allEqual(JsonNode list) {
    for (JsonNode n : list) {
      if (!n.equals(list.get(0))) {
        return false;
      }
    }
    return true;
  }

  @Test
  void anEmptyConfigurationIsStableDiffusionWithItsDefaults() throws Exception {
    UNet2DConditionConfig config = UNet2DConditionConfig.of(JSON.readTree("{}"));

    assertThat(config.blockOutChannels()).containsExactly(320, 640, 1280, 1280);
    assertThat(config.downCrossAttention()).containsExactly(true, true, true, false);
    assertThat(config.upCrossAttention()).containsExactly(false, true, true, true);
    assertThat(config.heads()).containsExactly(8, 8, 8, 8);
    assertThat(config.timeEmbeddingChannels()).isEqualTo(1280);
    assertThat(config.textTime()).isFalse();
  }

  @Test
  void attentionHeadDimIsTheNumberOfHeads() throws Exception {
    JsonNode sd2 = JSON.readTree("{\"attention_head_dim\": [5, 10, 20, 20]}");

    assertThat(UNet2DConditionConfig.of(sd2).heads()).containsExactly(5, 10, 20, 20);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "_class_name|\"UNet2DModel\"",
        "num_attention_heads|8",
        "mid_block_type|\"UNetMidBlock2DSimpleCrossAttn\"",
        "act_fn|\"gelu\"",
        "addition_embed_type|\"text\"",
        "attention_type|\"gated\"",
        "center_input_sample|true",
        "class_embed_type|\"timestep\"",
        "class_embeddings_concat|true",
        "cross_attention_norm|\"layer_norm\"",
        "dropout|0.1",
        "dual_cross_attention|true",
        "encoder_hid_dim|64",
        "encoder_hid_dim_type|\"text_proj\"",
        "num_class_embeds|-1",
        "only_cross_attention|1",
        "only_cross_attention|[true, false]",
        "only_cross_attention|[true, false, false, 0]",
        "resnet_out_scale_factor|1.4",
        "resnet_skip_time_act|true",
        "resnet_time_scale_shift|\"scale_shift\"",
        "reverse_transformer_layers_per_block|[[1], [1], [1], [1]]",
        "transformer_layers_per_block|[[1, 2], [1, 2], [1, 2], [1, 2]]",
        "time_embedding_act_fn|\"silu\"",
        "time_embedding_type|\"fourier\"",
        "timestep_post_act|\"silu\"",
        "norm_num_groups|null",
        "norm_num_groups|33",
        "attention_head_dim|7",
        "attention_head_dim|[5, 10]",
        "layers_per_block|0",
        "layers_per_block|1.5",
        "block_out_channels|[]",
        "down_block_types|[\"DownBlock2D\"]",
        "up_block_types|[\"UpBlock2D\", \"UpBlock2D\", \"UpBlock2D\", \"ResnetUpsampleBlock2D\"]",
        "use_linear_projection|\"yes\""
      })
  void whatItCannotDoIsRefusedByName(String key, String value) throws Exception {
    ObjectNode config = JSON.createObjectNode();
    config.set(key, JSON.readTree(value));

    assertThatThrownBy(() -> UNet2DConditionConfig.of(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(key);
  }

  @Test
  void foreignKeysAreTolerated() throws Exception {
    JsonNode config =
        JSON.readTree("{\"_name_or_path\": \"x\", \"addition_embed_type_num_heads\": 64}");

    assertThat(UNet2DConditionConfig.of(config).inChannels()).isEqualTo(4);
  }

  @Test
  void weightsThatAreStoredInAQuantizationAreRefusedByItsName() throws Exception {
    String method = "{\"quantization_config\": {\"quant_method\": \"gguf\"}}";
    assertThatThrownBy(() -> UNet2DConditionConfig.of(JSON.readTree(method)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("quantization_config of gguf");
    assertThatThrownBy(() -> AutoencoderKLConfig.of(JSON.readTree(method)))
        .hasMessageContaining("quantization_config of gguf");
    String none = "{\"quantization_config\": null}";
    assertThat(UNet2DConditionConfig.of(JSON.readTree(none)))
        .isEqualTo(UNet2DConditionConfig.of(JSON.readTree("{}")));
  }
}
