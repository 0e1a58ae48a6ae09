package io.github.tcd4j.models.files.quantized;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.file.TensorFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Keys that change what other keys mean. Understood: ComfyUI's float8 with {@code scale_weight}
 * (2024) or {@code weight_scale} (2025, with {@code comfy_quant} or an entry of the header), one
 * scale for all or for each row. Refused: ComfyUI's other formats (int8, mxfp8, nvfp4), those of
 * bitsandbytes, GPTQ, AWQ, quanto, torchao, SVDQuant, GGUF's bytes, and weights in two parts.
 */
class ScaledTensorsTest {
  /** 1, 2, 3, -1 as E4M3, and 1, 2, 4, -1 as E5M2. */
  private static final byte[] E4M3 = {0x38, 0x40, 0x44, (byte) 0xB8};

  private static final byte[] E5M2 = {0x3C, 0x40, 0x44, (byte) 0xBC};

  @TempDir Path folder;

  private final ObjectNode header = new ObjectMapper().createObjectNode();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  private ScaledTensorsTest put(String name, String type, byte[] bytes, int... shape) {
    ObjectNode entry = header.putObject(name);
    entry.put("dtype", type);
    var sides = entry.putArray("shape");
    for (int s : shape) {
      sides.add(s);
    }
    entry.putArray("data_offsets").add(data.size()).add(data.size() + bytes.length);
    data.writeBytes(bytes);
    return this;
  }

  private static byte[] floats(float... values) {
    ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float v : values) {
      b.putFloat(v);
    }
    return b.array();
  }

  private Path write() throws IOException {
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer all = ByteBuffer.allocate(8 + json.length + data.size());
    all.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).put(data.toByteArray());
    return Files.write(folder.resolve("file.safetensors"), all.array());
  }

  private float[] weight() throws IOException {
    try (Scope scope = Scope.inference();
        TensorFile file = ScaledTensors.open(write())) {
      assertThat(file.names()).containsExactly("a.weight");
      assertThat(file.dtype("a.weight")).isEqualTo(DType.F32);
      float[] values = file.get("a.weight").toFloatArray();
      assertThat(file.forConversion("a.weight").toFloatArray()).isEqualTo(values);
      assertThat(file.metadata()).doesNotContainKey("_quantization_metadata");
      return values;
    }
  }

  @Test
  void theScaleOfAnEightBitWeightIsMultiplied() throws IOException {
    put("a.weight", "F8_E4M3", E4M3, 2, 2).put("a.scale_weight", "F32", floats(0.25f));
    put("a.scale_input", "F32", floats(9), 1).put("scaled_fp8", "F8_E4M3", new byte[2], 2);

    assertThat(weight()).containsExactly(0.25f, 0.5f, 0.75f, -0.25f);
  }

  @Test
  void theNewerNamesAndAScaleForEachRowAreObeyed() throws IOException {
    byte[] format = "{\"format\": \"float8_e5m2\"}".getBytes(StandardCharsets.UTF_8);
    put("a.weight", "F8_E5M2", E5M2, 2, 2).put("a.weight_scale", "F32", floats(2, 3), 2, 1);
    put("a.input_scale", "F32", floats(9)).put("a.comfy_quant", "U8", format, format.length);
    header
        .putObject("__metadata__")
        .put("_quantization_metadata", "{\"layers\":{\"a\":{\"format\":\"float8_e5m2\"}}}");

    assertThat(weight()).containsExactly(2, 4, 12, -3);
  }

  @Test
  void aPlainFileIsReadAsItIs() throws IOException {
    put("a.weight", "F8_E4M3", E4M3, 2, 2).put("b.weight", "F32", floats(1), 1);
    try (TensorFile file = ScaledTensors.open(write())) {
      assertThat(file).isNotInstanceOf(ScaledTensors.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a.weight.absmax",
        "a.weight.quant_map",
        "a.weight.nested_absmax",
        "a.weight.quant_state.bitsandbytes__nf4",
        "a.SCB",
        "a.weight_format",
        "a.qweight",
        "a.qzeros",
        "a.scales",
        "a.g_idx",
        "a.weight._data",
        "a.weight._scale",
        "a.weight_qdata",
        "a.weight_zero_point",
        "a.weight.tensor_impl.int_data",
        "a.weight_scale_2",
        "a.weight_codebook",
        "a.wscales",
        "a.smooth_factor",
        "a.weight_g",
        "a.weight_v",
        "a.weight_orig",
        "a.parametrizations.weight.original0",
        "a.weight.anything_new"
      })
  void aKeyThatChangesAnotherInAWayNotSupportedIsRefusedByName(String name) throws IOException {
    put("a.weight", "F32", floats(1, 2, 3, 4), 2, 2).put(name, "F32", floats(1), 1);
    Path file = write();

    assertThatThrownBy(() -> ScaledTensors.open(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(name);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"format\": \"int8_tensorwise\"} | is stored as",
        "{\"format\": \"nvfp4\"} | is stored as",
        "{\"format\": \"float8_e4m3fn\", \"convrot\": true} | is stored as",
        "{\"format\": \"float8_e4m3fn\"} | lacks a.weight_scale",
        "{ | is not valid JSON"
      })
  void aFormatThatIsNotKnownIsRefused(String format, String message) throws IOException {
    byte[] json = format.getBytes(StandardCharsets.UTF_8);
    put("a.weight", "F8_E4M3", E4M3, 2, 2).put("a.comfy_quant", "U8", json, json.length);
    Path file = write();

    assertThatThrownBy(() -> ScaledTensors.open(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void bytesThatStandForWeightsAreRefused() throws IOException {
    put("a.weight", "U8", E4M3, 2, 2);
    Path file = write();

    assertThatThrownBy(() -> ScaledTensors.open(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("a.weight, of type U8");
  }

  @Test
  void aScaleOfBlocksOrOfNothingIsRefused() throws IOException {
    put("a.weight", "F8_E4M3", E4M3, 2, 2).put("a.weight_scale", "F32", floats(1, 2, 3, 4), 2, 2);
    Path blocks = write();
    assertThatThrownBy(() -> ScaledTensors.open(blocks)).hasMessageContaining("has 4 entries");

    put("b.weight_scale", "F32", floats(1));
    Path alone = write();
    assertThatThrownBy(() -> ScaledTensors.open(alone))
        .hasMessageContaining("b.weight_scale is the scale of b.weight, which is not there");
  }
}
