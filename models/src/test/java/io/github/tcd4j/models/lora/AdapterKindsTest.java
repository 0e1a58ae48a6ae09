package io.github.tcd4j.models.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kinds of adapter against their definitions, by oracle/make_wild_lora_fixtures.py. */
class AdapterKindsTest {
  private static final List<String> LAYERS = List.of("wide", "square", "conv", "point");

  @TempDir Path folder;

  private static Map<String, Tensor> read(String name) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (SafeTensors file = SafeTensors.open(Deltas.fixture("wild/" + name + ".safetensors"))) {
      file.names().forEach(n -> tensors.put(n, file.get(n).copy()));
    }
    return tensors;
  }

  private static LoraBinding bind(String kind, Map<String, Tensor> base) {
    return LoraFile.read(Deltas.fixture("wild/" + kind + ".safetensors")).bind(LayerShape.of(base));
  }

  private static double distance(Tensor a, Tensor b) {
    return a.minus(b).abs().max().item();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lora",
        "locon-tucker",
        "loha",
        "loha-tucker",
        "lokr-whole",
        "lokr-low",
        "lokr-both-low",
        "lokr-tucker",
        "dora-rows",
        "dora-columns",
        "loha-dora-rows",
        "lokr-dora-columns",
        "peft-dora"
      })
  void everyKindGivesTheWeightOfItsDefinitionFusedAndBesideTheLayer(String kind) {
    for (double weight : new double[] {1, 0.5, -0.75}) {
      try (Scope scope = Scope.inference()) {
        Map<String, Tensor> expected = read("expected");
        Map<String, Tensor> base = read("base");
        LoraBinding binding = bind(kind, base);
        assertThat(binding.report().unmatched()).isEmpty();
        LoraAdapter adapter = binding.unet().weighted(weight);
        Map<String, Double> beside = new LinkedHashMap<>();
        Map<String, byte[]> bits = new LinkedHashMap<>();
        for (String name : LAYERS) {
          Tensor want = expected.get(kind + "/" + weight + "/" + name);
          beside.put(name, distance(output(name, base, adapter), plain(name, base, want)));
          bits.put(name, base.get(name + ".weight").toByteArray());
        }

        FusedLora fused = FusedLora.fuse(base, List.of(adapter));

        for (String name : LAYERS) {
          Tensor want = expected.get(kind + "/" + weight + "/" + name);
          double scale = want.abs().max().item();
          assertThat(distance(base.get(name + ".weight"), want))
              .as("%s of %s at %s", name, kind, weight)
              .isLessThan(2e-6 * scale);
          assertThat(beside.get(name)).as("output of " + name).isLessThan(2e-5 * scale);
        }
        fused.unfuse();
        bits.forEach((n, b) -> assertThat(base.get(n + ".weight").toByteArray()).isEqualTo(b));
      }
    }
  }

  private static Tensor output(String name, Map<String, Tensor> base, Adapters adapters) {
    Tensor weight = base.get(name + ".weight");
    Tensor bias = base.get(name + ".bias");
    RandomSource random = new RandomSource(1);
    return weight.dim() == 2
        ? new Linear(name, weight, bias).forward(random.normal(3, weight.size(1)), adapters)
        : new Conv2d(name, weight, bias, 1, 0).forward(random.normal(1, 6, 5, 5), adapters);
  }

  private static Tensor plain(String name, Map<String, Tensor> base, Tensor weight) {
    Map<String, Tensor> changed =
        Map.of(name + ".weight", weight, name + ".bias", base.get(name + ".bias"));
    return output(name, changed, Adapters.NONE);
  }

  @Test
  void anEarlierLoraIsTurnedWithTheWeightButTheNormIsThePlainOnes() {
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> base = read("base");
      Tensor w = base.get("wide.weight");
      LoraAdapter lora = bind("lora", base).unet();
      LoraAdapter dora = bind("peft-dora", base).unet();
      Tensor alone = dora.changes().get("wide").applied(w, w);
      Tensor added = lora.deltas().get("wide").change(w.shape());
      // Row by row: what DoRA adds to W, and the factor that it gives the row.
      Adapters both = Adapters.sum(List.of(lora, dora));
      Adapters turned = Adapters.sum(List.of(dora, lora));

      Tensor first = output("wide", base, both);
      Tensor second = output("wide", base, turned);

      Tensor plainSum = plain("wide", base, alone.plus(added));
      assertThat(distance(second, plainSum)).isLessThan(1e-4);
      assertThat(distance(first, second)).isGreaterThan(0.1);
    }
  }

  @Test
  void aMagnitudeThatFitsNeitherAxisIsReported() {
    try (Scope scope = Scope.inference()) {
      Path file = folder.resolve("dora.safetensors");
      SafeTensorsWriter.write(
          file,
          Map.of(
              "lora_unet_a.lora_down.weight", Tensor.ones(DType.F32, 2, 6),
              "lora_unet_a.lora_up.weight", Tensor.ones(DType.F32, 4, 2),
              "lora_unet_a.dora_scale", Tensor.ones(DType.F32, 5, 1)),
          Map.of());
      LoraFile lora = LoraFile.read(file);

      assertThatThrownBy(() -> lora.bind(List.of(LayerShape.linear("a", 6, 4))))
          .isInstanceOf(LoraException.class)
          .hasMessageContaining("lora_unet_a")
          .hasMessageContaining("does not fit");
    }
  }
}
