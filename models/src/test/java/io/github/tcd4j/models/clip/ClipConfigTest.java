package io.github.tcd4j.models.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.models.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClipConfigTest {
  @Test
  void whatIsWrittenIsWhatTransformersWrites() {
    JsonNode theirs = fixture("joint");
    ClipConfig config = ClipConfig.of(theirs);

    assertSubset(config.toJson(), theirs, "");
    assertThat(ClipConfig.of(config.toJson())).isEqualTo(config);
    assertThat(config.text().eosTokenId()).isEqualTo(59);
    assertThat(config.vision().positions()).isEqualTo(10);
  }

  /** All but the names of classes, which transformers adds on saving the weights. */
  private static void assertSubset(JsonNode ours, JsonNode theirs, String path) {
    for (Map.Entry<String, JsonNode> e : ours.properties()) {
      String key = path + e.getKey();
      JsonNode other = theirs.get(e.getKey());
      if (e.getValue().isObject()) {
        assertSubset(e.getValue(), other, key + ".");
      } else if (!e.getKey().equals("architectures")) {
        assertThat(other).as(key).isEqualTo(e.getValue());
      }
    }
  }

  @Test
  void absentKeysHaveTheDefaultsOfTransformers() throws IOException {
    ClipTextConfig text = ClipTextConfig.of(json("{'projection_dim': null, 'unheard_of': [1]}"));
    ClipVisionConfig vision = ClipVisionConfig.of(json("{}"));

    assertThat(text)
        .isEqualTo(
            new ClipTextConfig(
                49408, 512, 2048, 512, 12, 8, 77, Activation.QUICK_GELU, 1e-5, 1, 1, 49406, 49407));
    assertThat(vision)
        .isEqualTo(
            new ClipVisionConfig(
                768, 3072, 512, 12, 12, 3, 224, 32, Activation.QUICK_GELU, 1e-5, 0.02, 1));
  }

  @Test
  void theOlderNestedConfigCountsWhereThereAreTwo() throws IOException {
    ClipConfig config =
        ClipConfig.of(
            json(
                "{'text_config': {'hidden_size': 512, 'vocab_size': 9},"
                    + " 'text_config_dict': {'hidden_size': 256},"
                    + " 'vision_config': {'image_size': [64, 64], 'patch_size': 16},"
                    + " 'vision_config_dict': null}"));

    assertThat(config.text().hiddenSize()).isEqualTo(256);
    assertThat(config.text().vocabSize()).isEqualTo(49408);
    assertThat(config.vision().imageSize()).isEqualTo(64);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'quantization_config': {'quant_method': 'bitsandbytes'}} | quantization_config of bitsandbytes",
        "{'hidden_act': 'gelu_new'} | hidden_act = \"gelu_new\" is not supported",
        "{'hidden_size': 10, 'num_attention_heads': 3} | multiple of num_attention_heads but was 10",
        "{'num_hidden_layers': 0} | num_hidden_layers must be at least 1 but was 0",
        "{'hidden_size': null} | hidden_size must be a whole number",
        "{'hidden_size': 'big'} | hidden_size must be a whole number",
        "{'layer_norm_eps': 0} | layer_norm_eps must be greater than 0",
      })
  void whatCannotBeHonouredIsRefusedByName(String text, String complaint) {
    assertThatThrownBy(() -> ClipTextConfig.of(json(text)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(complaint);
    assertThatThrownBy(() -> ClipVisionConfig.of(json(text)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(complaint);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'image_size': [64, 48]} | image_size must be n or [n, n] but was [64, 48]",
        "{'image_size': 8} | image_size must be at least patch_size (32) but was 8",
      })
  void picturesThatAreNotSquareAreRefused(String text, String complaint) {
    assertThatThrownBy(() -> ClipVisionConfig.of(json(text)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(complaint);
  }

  @Test
  void complaintsNameTheFile(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("config.json");
    Files.writeString(file, "{\"num_attention_heads\": 7}");

    assertThatThrownBy(() -> ClipTextConfig.read(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("512 with 7 heads");
    assertThatThrownBy(() -> ClipConfig.read(file)).hasMessageContaining("lacks text_config");
    assertThatThrownBy(() -> ClipTextConfig.read(folder.resolve("none.json")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("none.json");
  }

  private static JsonNode fixture(String name) {
    return ClipFixture.json(ClipFixture.FOLDER.resolve(name).resolve("config.json"));
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text.replace('\'', '"'));
  }
}
