package io.github.tcd4j.models.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.Fixture;
import io.github.tcd4j.models.config.ConfigException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AutoencoderKLConfigTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @ValueSource(strings = {"sd", "emoji", "no-quant-convs", "one-block"})
  void whatIsWrittenSaysWhatDiffusersWrote(String name) throws Exception {
    try (Fixture f = new Fixture("vae/" + name)) {
      AutoencoderKLConfig config = AutoencoderKLConfig.of(f.config());

      JsonNode written = JSON.readTree(config.toJson());

      assertThat(AutoencoderKLConfig.of(written)).isEqualTo(config);
      for (var e : written.properties()) {
        assertThat(e.getValue()).as(e.getKey()).isEqualTo(f.config().get(e.getKey()));
      }
    }
  }

  @Test
  void anotherScalingFactorChangesNothingElse() throws Exception {
    AutoencoderKLConfig config = AutoencoderKLConfig.of(JSON.readTree("{}"));

    AutoencoderKLConfig other = config.withScalingFactor(0.7);

    assertThat(config.scalingFactor()).isEqualTo(0.18215);
    assertThat(other.scalingFactor()).isEqualTo(0.7);
    assertThat(other.withScalingFactor(0.18215)).isEqualTo(config);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "_class_name|\"AutoencoderTiny\"",
        "act_fn|\"gelu\"",
        "shift_factor|0.1",
        "latents_mean|[0, 0, 0, 0]",
        "latents_std|[1, 1, 1, 1]",
        "down_block_types|[\"AttnDownEncoderBlock2D\"]",
        "up_block_types|[\"UpDecoderBlock2D\", \"UpDecoderBlock2D\"]",
        "block_out_channels|[48]",
        "block_out_channels|[]",
        "norm_num_groups|0",
        "latent_channels|0",
        "scaling_factor|0",
        "scaling_factor|\"x\"",
        "use_quant_conv|null"
      })
  void whatItCannotDoIsRefusedByName(String key, String value) throws Exception {
    ObjectNode config = JSON.createObjectNode();
    config.set(key, JSON.readTree(value));

    assertThatThrownBy(() -> AutoencoderKLConfig.of(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(key);
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> AutoencoderKLConfig.read(Path.of("no", "such", "config.json")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("such");
  }
}
