package io.github.tcd4j.models.depth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.FormulaWeights;
import io.github.tcd4j.models.Golden;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Depth maps of transformers' networks, by {@code oracle/make_depth_fixtures.py}. */
class DepthModelTest {
  /** In the file, but not on the way to depth. */
  private static final Pattern UNUSED =
      Pattern.compile(".*(num_batches_tracked|mask_token|dpt\\.layernorm\\.(weight|bias))");

  private static JsonNode of(String name) {
    return Golden.json("depth").get(name);
  }

  private static Set<String> names(JsonNode about) {
    Set<String> names = new TreeSet<>();
    about.get("names").forEach(n -> names.add(n.asText()));
    return names;
  }

  private static Tensor depth(String name, JsonNode config, FormulaWeights weights) {
    JsonNode size = of(name).get("pixels");
    Tensor pixels =
        FormulaWeights.noise(
            "depth." + name, size.get(0).asInt(), 3, size.get(2).asInt(), size.get(3).asInt());
    return DepthModel.of(Weights.of(weights), DepthConfig.of(config)).forward(pixels);
  }

  private static Tensor everyThird(Tensor map) {
    Tensor t = map;
    for (int d = 1; d <= 2; d++) {
      long[] at = new long[(int) (t.size(d) + 2) / 3];
      for (int i = 0; i < at.length; i++) {
        at[i] = 3L * i;
      }
      t = t.indexSelect(d, Tensor.of(at, at.length));
    }
    return t;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "anything",
        "metric",
        "middle",
        "dpt",
        "dpt-add",
        "dpt-ignore",
        "dpt-dinov2",
        "hybrid"
      })
  void depthIsThatOfTransformers(String name) {
    Set<String> names = names(of(name));
    FormulaWeights weights = new FormulaWeights(names::contains);
    try (Scope scope = Scope.inference();
        Golden golden = new Golden("depth")) {
      Tensor map = depth(name, of(name).get("config"), weights);

      golden.check(name, name.equals("middle") ? everyThird(map) : map);
      names.removeIf(n -> UNUSED.matcher(n).matches());
      assertThat(weights.read().keySet()).containsExactlyInAnyOrderElementsOf(names);
    }
  }

  /** What transformers 5 calls its modules, which a state dictionary has. */
  @Test
  void namesOfTheModuleAreReadAsThoseOfFiles() {
    Set<String> names = new TreeSet<>();
    for (String n : names(of("anything"))) {
      names.add(module(n));
    }
    FormulaWeights weights = new FormulaWeights(names::contains);
    try (Scope scope = Scope.inference()) {
      depth("anything", of("anything").get("config"), weights);

      names.removeIf(n -> UNUSED.matcher(n).matches());
      assertThat(weights.read().keySet()).containsExactlyInAnyOrderElementsOf(names);
    }
  }

  private static String module(String name) {
    return name.replace("attention.attention.query", "attention.q_proj")
        .replace("attention.attention.key", "attention.k_proj")
        .replace("attention.attention.value", "attention.v_proj")
        .replace("attention.output.dense", "attention.o_proj");
  }

  /** Each is a fact that a map of the right shape would not show. */
  @ParameterizedTest
  @CsvSource({
    "anything, apply_layernorm, false",
    "anything, out_indices, '[1, 3, 5, 6]'",
    "dpt, backbone_out_indices, '[1, 2, 3, 4]'",
    "dpt, readout_type, '\"ignore\"'",
    "dpt-add, readout_type, '\"ignore\"'",
    "dpt-add, use_batch_norm_in_fusion_residual, false",
    "hybrid, backbone_out_indices, '[0, 1, 3, 4]'"
  })
  void anotherStructureGivesAnotherMap(String name, String key, String value) throws Exception {
    ObjectNode config = of(name).get("config").deepCopy();
    ObjectNode place = key.startsWith("a") || key.startsWith("out_") ? backbone(config) : config;
    place.set(key, new ObjectMapper().readTree(value));
    Set<String> names = names(of(name));
    try (Scope scope = Scope.inference();
        Golden golden = new Golden("depth")) {
      Tensor map = depth(name, config, new FormulaWeights(names::contains));

      Tensor expected = golden.get(name);
      assertThat(map.minus(expected).abs().max().item())
          .isGreaterThan(1e-3 * expected.abs().max().item());
    }
  }

  private static ObjectNode backbone(ObjectNode config) {
    return (ObjectNode) config.get("backbone_config");
  }

  @ParameterizedTest
  @CsvSource({
    "anything, backbone_config.use_swiglu_ffn, true, use_swiglu_ffn",
    "anything, neck_hidden_sizes, '[8, 12]', reassemble_factors",
    "anything, backbone_config.out_indices, '[1, 2]', gives 2 features",
    "anything, backbone_config.model_type, '\"swin\"', model_type",
    "anything, reassemble_hidden_size, 8, hidden_size",
    "dpt, readout_type, '\"mean\"', readout_type",
    "dpt, backbone_out_indices, '[0, 1, 2, 9]', below num_hidden_layers",
    "dpt, add_projection, true, fusion_hidden_size of 256",
    "hybrid, backbone_config.layer_type, '\"preactivation\"', layer_type",
    "hybrid, neck_ignore_stages, '[0]', neck_ignore_stages",
    "hybrid, reassemble_factors, '[1, 1, 0.3, 1]', reassemble_factors"
  })
  void configurationsThatAreNotSupportedAreRefusedInOneSentence(
      String name, String key, String value, String part) throws Exception {
    ObjectNode config = of(name).get("config").deepCopy();
    String[] path = key.split("\\.");
    ObjectNode place = path.length == 2 ? backbone(config) : config;
    place.set(path[path.length - 1], new ObjectMapper().readTree(value));

    assertThatThrownBy(() -> DepthConfig.of(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(part)
        .hasMessageStartingWith("config.json");
  }

  @Test
  void theConfigurationOfAnotherNetworkIsNamed() throws Exception {
    JsonNode config =
        new ObjectMapper()
            .readTree("{\"_class_name\": \"ControlNetModel\", \"model_type\": \"dpt\"}");

    assertThatThrownBy(() -> DepthConfig.of(config))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "config.json is that of ControlNetModel, which is no depth model; use one of"
                + " DepthAnythingForDepthEstimation or DPTForDepthEstimation");
  }
}
