package io.github.tcd4j.models.files.quantized;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The keys of a file that change what other keys mean. A scale of a float8 weight is understood;
 * whatever else says that a weight is not what it is stored as is refused by its name, never left
 * out.
 *
 * @param scales the name of a weight's scale, by the weight's name
 * @param hidden names that are no parameters: scales, and marks that change nothing here
 */
record QuantizationMarks(Map<String, String> scales, Set<String> hidden) {
  /** ComfyUI's entry of the header, with the format of each layer. */
  static final String HEADER = "_quantization_metadata";

  /** Formats in which a weight is the stored number times its scale. */
  private static final Set<String> FORMATS = Set.of("float8_e4m3fn", "float8_e5m2");

  /** How a layer's format may be described; the second concerns the speed alone. */
  private static final Set<String> FIELDS = Set.of("format", "full_precision_matrix_mult");

  private static final String WEIGHT = ".weight";
  private static final String OLD_SCALE = ".scale_weight";
  private static final String SCALE = ".weight_scale";
  private static final String LAYER_FORMAT = ".comfy_quant";

  /** A mark of a whole file, and scales of what goes into a layer, which float32 needs none of. */
  private static final Pattern WITHOUT_EFFECT =
      Pattern.compile("(.*\\.)?(scaled_fp8|scale_input|input_scale)");

  /** Endings by the library that writes them. */
  private static final Map<String, Pattern> REFUSED =
      Map.of(
          "bitsandbytes",
          Pattern.compile(
              ".*\\.((nested_)?(absmax|quant_map)|quant_state(\\..*)?|SCB|weight_format)"),
          "GPTQ or AWQ",
          Pattern.compile(".*\\.(qweight|qzeros|scales|g_idx)"),
          "optimum-quanto",
          Pattern.compile(".*\\.(_data|_scale|_shift|output_scale)"),
          "torchao",
          Pattern.compile(".*[._](qdata|int_data|tensor_impl(\\..*)?|zero_point)"),
          "SVDQuant",
          Pattern.compile(".*\\.(wscales|wtscale|wcscales|smooth(_factor)?(_orig)?)"),
          "weight_norm or spectral_norm",
          Pattern.compile(".*(\\.weight_(g|v|u|orig)|\\.parametrizations\\..*)"));

  static QuantizationMarks of(String origin, TensorFile file) {
    Map<String, String> scales = new LinkedHashMap<>();
    Set<String> hidden = new HashSet<>();
    Set<String> scaledLayers = new HashSet<>();
    for (String name : file.names()) {
      if (name.endsWith(OLD_SCALE) || name.endsWith(SCALE)) {
        String layer = name.substring(0, name.lastIndexOf('.'));
        scales.put(layer + WEIGHT, name);
        hidden.add(name);
      } else if (name.endsWith(LAYER_FORMAT)) {
        String layer = name.substring(0, name.length() - LAYER_FORMAT.length());
        requireKnown(origin, layer, text(file, name));
        scaledLayers.add(layer);
        hidden.add(name);
      } else if (WITHOUT_EFFECT.matcher(name).matches()) {
        hidden.add(name);
      } else {
        refuse(origin, file, name);
      }
    }
    String header = file.metadata().get(HEADER);
    if (header != null) {
      json(origin, HEADER, header)
          .path("layers")
          .properties()
          .forEach(
              e -> {
                requireKnown(origin, e.getKey(), e.getValue().toString());
                scaledLayers.add(e.getKey());
              });
    }
    scales.forEach(
        (weight, scale) -> {
          if (!file.names().contains(weight)) {
            throw new ConfigException(
                origin + ": " + scale + " is the scale of " + weight + ", which is not there");
          }
        });
    for (String layer : scaledLayers) {
      if (file.names().contains(layer + WEIGHT) && !scales.containsKey(layer + WEIGHT)) {
        throw new ConfigException(
            origin + ": layer " + layer + " is marked as scaled but lacks " + layer + SCALE);
      }
    }
    return new QuantizationMarks(scales, hidden);
  }

  private static void refuse(String origin, TensorFile file, String name) {
    REFUSED.forEach(
        (library, endings) -> {
          if (endings.matcher(name).matches()) {
            throw unsupported(origin, name, "as " + library + " stores weights");
          }
        });
    if (name.endsWith(WEIGHT) && !file.dtype(name).isFloating()) {
      throw unsupported(origin, name, "of type " + file.dtype(name));
    }
    int weight = name.lastIndexOf(WEIGHT);
    String rest = weight < 0 ? "" : name.substring(weight + WEIGHT.length());
    if (!rest.isEmpty() && file.names().contains(name.substring(0, weight) + WEIGHT)) {
      throw unsupported(origin, name, "beside the weight of the same name");
    }
  }

  private static ConfigException unsupported(String origin, String name, String why) {
    return new ConfigException(
        (origin + " holds " + name + ", " + why + ": this quantization is not supported;")
            + " use the model in float16, bfloat16 or float32");
  }

  private static void requireKnown(String origin, String layer, String text) {
    JsonNode format = json(origin, layer + LAYER_FORMAT, text);
    boolean fields = true;
    for (Map.Entry<String, JsonNode> e : format.properties()) {
      fields &= FIELDS.contains(e.getKey()) || e.getValue().isNull();
    }
    if (!fields || !FORMATS.contains(format.path("format").asText())) {
      throw new ConfigException(
          (origin + ": layer " + layer + " is stored as " + format + ", which is not supported;")
              + " use the model in float16 or bfloat16, or one of the formats "
              + "float8_e4m3fn and float8_e5m2");
    }
  }

  private static String text(TensorFile file, String name) {
    try (Scope scope = Scope.inference()) {
      return new String(file.get(name).toByteArray(), StandardCharsets.UTF_8);
    }
  }

  private static JsonNode json(String origin, String name, String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new ConfigException(
          origin + ": " + name + " is not valid JSON: " + e.getOriginalMessage(), e);
    }
  }
}
