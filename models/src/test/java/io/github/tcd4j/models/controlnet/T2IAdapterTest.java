package io.github.tcd4j.models.controlnet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.FormulaWeights;
import io.github.tcd4j.models.Golden;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Features of diffusers' adapters, by {@code oracle/make_t2i_fixtures.py}. */
class T2IAdapterTest {
  private static JsonNode of(String name) {
    return Golden.json("t2i").get(name);
  }

  private static List<Tensor> features(String name, JsonNode config, FormulaWeights weights) {
    JsonNode size = of(name).get("hint");
    Tensor noise =
        FormulaWeights.noise(
            "t2i." + name,
            size.get(0).asInt(),
            size.get(1).asInt(),
            size.get(2).asInt(),
            size.get(3).asInt());
    T2IAdapter adapter =
        T2IAdapter.of(
            Weights.of(weights), T2IAdapterConfig.of(new ConfigFields("config.json", config)));
    return adapter.forward(noise.times(0.5).plus(0.5), 0.7).blocks();
  }

  private static Set<String> names(String name) {
    Set<String> names = new TreeSet<>();
    of(name).get("names").forEach(n -> names.add(n.asText()));
    return names;
  }

  @ParameterizedTest
  @ValueSource(strings = {"full", "full-grey", "light", "xl"})
  void featuresAreThoseOfDiffusers(String name) {
    Set<String> names = names(name);
    FormulaWeights weights = new FormulaWeights(names::contains);
    try (Scope scope = Scope.inference();
        Golden golden = new Golden("t2i")) {
      List<Tensor> features = features(name, of(name).get("config"), weights);

      for (int i = 0; i < features.size(); i++) {
        golden.check(name + "." + i, features.get(i));
      }
      assertThat(golden.has(name + "." + features.size())).isFalse();
      assertThat(weights.read().keySet()).containsExactlyInAnyOrderElementsOf(names);
    }
  }

  /** One of SDXL halves the size once; with the steps of the others, features have other sizes. */
  @ParameterizedTest
  @CsvSource({"full, full_adapter_xl", "xl, full_adapter"})
  void eachKindHalvesTheSizeWhereItsModelDoes(String name, String other) {
    ObjectNode config = of(name).get("config").deepCopy();
    config.put("adapter_type", other);
    try (Scope scope = Scope.inference();
        Golden golden = new Golden("t2i")) {
      List<Tensor> features = features(name, config, new FormulaWeights(names(name)::contains));

      assertThat(features.get(1).shape()).isNotEqualTo(golden.get(name + ".1").shape());
    }
  }
}
