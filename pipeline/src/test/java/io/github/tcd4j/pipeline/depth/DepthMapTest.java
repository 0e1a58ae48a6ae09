package io.github.tcd4j.pipeline.depth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.layers.WeightsException;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.DepthPixels;
import io.github.tcd4j.pipeline.adapter.DepthSource;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fixtures of {@code oracle/make_depth_fixtures.py}. */
class DepthMapTest {
  @TempDir Path folder;

  private static DepthSource source(Path place) {
    return DepthSource.of(AdapterModel.of("depth model", place));
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void theDepthOfAPictureIsThatOfTransformersAtItsSize() throws Exception {
    DepthMap map = DepthMap.of(source(DepthCase.write(folder)), DepthCase.picture(), Device.CPU);

    float[] expected = DepthCase.expected();
    assertThat(map.width()).isEqualTo(50);
    assertThat(map.depth()).hasSameSizeAs(expected);
    float worst = 0;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs(map.depth()[i] - expected[i]));
    }
    assertThat(worst).isLessThan(1e-4f);

    DepthMap exact = new DepthMap(50, 37, expected, false);
    byte[] levels = new byte[expected.length];
    byte[] rgb = exact.toImage().rgb();
    for (int i = 0; i < levels.length; i++) {
      levels[i] = rgb[3 * i + 1];
      assertThat(rgb[3 * i]).isEqualTo(rgb[3 * i + 2]).isEqualTo(levels[i]);
    }
    assertThat(sha256(levels)).isEqualTo(DepthCase.json("folder").get("levels").asText());

    map.write(folder.resolve("depth.safetensors"));
    try (Scope scope = Scope.inference();
        SafeTensors stored = SafeTensors.open(folder.resolve("depth.safetensors"))) {
      assertThat(stored.get("depth").shape()).containsExactly(37, 50);
      assertThat(stored.get("depth").toFloatArray()).isEqualTo(map.depth());
    }
  }

  @Test
  void nearIsWhiteAlsoWhereTheModelGivesDistances() {
    float[] depth = {1, 3, 2, 1};

    assertThat(new DepthMap(2, 2, depth, false).toImage().rgb())
        .containsExactly(0, 0, 0, -1, -1, -1, 127, 127, 127, 0, 0, 0);
    assertThat(new DepthMap(2, 2, depth, true).toImage().rgb())
        .containsExactly(-1, -1, -1, 0, 0, 0, 127, 127, 127, -1, -1, -1);
    assertThat(new DepthMap(2, 1, new float[] {5, 5}, true).toImage().rgb()).containsOnly(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void picturesAreResizedToTheByteAndNormalisedAsTransformersDoes(int i) throws Exception {
    JsonNode row = DepthCase.json("pictures").get(i);
    int width = row.get("width").asInt();
    int height = row.get("height").asInt();
    Image picture = DepthCase.blocks("depth.picture." + i, height, width, 5);
    DepthPixels pixels = DepthPixels.of(row.get("settings"));

    DepthPixels.Size size = pixels.size(width, height);
    assertThat(size.width()).isEqualTo(row.get("to").get(0).asInt());
    assertThat(size.height()).isEqualTo(row.get("to").get(1).asInt());
    assertThat(sha256(pixels.resized(picture, size).rgb())).isEqualTo(row.get("sha256").asText());
    float[] numbers = pixels.of(picture, size);
    int area = size.width() * size.height();
    for (int c = 0; c < 3; c++) {
      assertThat((double) numbers[c * area])
          .isCloseTo(row.get("first").get(c).asDouble(), within(1e-6));
      assertThat((double) numbers[(c + 1) * area - 1])
          .isCloseTo(row.get("last").get(c).asDouble(), within(1e-6));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'{\"size\": {\"shortest_edge\": 384}}', width and height",
    "'{\"resample\": 6}', resample must be 0 to 5",
    "'{\"do_pad\": true}', do_pad",
    "'{\"image_std\": [1, 0, 1]}', image_std",
    "'{\"ensure_multiple_of\": 0}', ensure_multiple_of",
    "'{\"image_processor_type\": \"ZoeDepthImageProcessor\"}', image_processor_type"
  })
  void settingsOfOtherProcessorsAreRefused(String json, String part) throws Exception {
    JsonNode settings = new ObjectMapper().readTree(json);

    assertThatThrownBy(() -> DepthPixels.of(settings))
        .hasMessageStartingWith("preprocessor_config.json: ")
        .hasMessageContaining(part);
  }

  private static void refused(Path place, String... parts) {
    assertThatThrownBy(() -> source(place))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContainingAll(parts)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void whatIsNoDepthModelIsRefusedInOneSentence() throws IOException {
    Path adapters = Path.of("src/test/resources/adapter");
    refused(adapters.resolve("control-sd1"), "ControlNetModel, which is no depth model");
    refused(adapters.resolve("encoder"), "which is no depth model");
    refused(adapters.resolve("ip-sd1-plus.safetensors"), "must be a folder with config.json");
    DepthCase.write(folder);
    Files.delete(folder.resolve("preprocessor_config.json"));
    refused(folder, "lacks preprocessor_config.json");
  }

  @Test
  void weightsOfAnotherNetworkAreRefused() throws IOException {
    DepthCase.write(folder);
    Path config = folder.resolve("config.json");
    String text = Files.readString(config);
    Files.writeString(config, text.replace("\"num_hidden_layers\":2", "\"num_hidden_layers\":3"));
    assertThat(Files.readString(config)).isNotEqualTo(text);

    assertThatThrownBy(() -> DepthMap.of(source(folder), DepthCase.picture(), Device.CPU))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining("is not a Depth-Anything model of its config.json: the file lacks");
  }
}
