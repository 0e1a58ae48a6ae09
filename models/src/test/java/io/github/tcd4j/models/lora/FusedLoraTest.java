package io.github.tcd4j.models.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.tensor.ConvolutionKernel;
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

class FusedLoraTest {
  @TempDir Path folder;

  private final RandomSource random = new RandomSource(5);

  private Adapters.LoraDelta linearDelta() {
    return new Adapters.LoraDelta(random.normal(2, 8), random.normal(6, 2), 0.7);
  }

  private Adapters.LoraDelta convDelta() {
    return new Adapters.LoraDelta(random.normal(2, 4, 3, 3), random.normal(5, 2, 1, 1), 0.3);
  }

  @Test
  void aFusedNetworkGivesWhatTheAdaptersGave() {
    try (Scope scope = Scope.inference()) {
      Linear linear = new Linear("l", random.normal(6, 8), random.normal(6));
      Conv2d conv = new Conv2d("c", random.normal(5, 4, 3, 3).channelsLast(), null, 2, 1);
      Map<String, Tensor> parameters =
          Map.of("l.weight", linear.weight(), "c.weight", conv.weight());
      LoraAdapter one = LoraAdapter.of(Map.of("l", linearDelta(), "c", convDelta())).weighted(0.5);
      LoraAdapter two = LoraAdapter.of(Map.of("l", linearDelta()));
      Adapters both = Adapters.sum(List.of(one, two));
      Tensor x = random.normal(3, 8);
      Tensor image = random.normal(2, 4, 7, 7);
      Tensor y = linear.forward(x, both);
      Tensor z = conv.forward(image, both);

      FusedLora.fuse(parameters, List.of(one, two));

      assertThat(distance(linear.forward(x, Adapters.NONE), y)).isLessThan(1e-5);
      assertThat(distance(conv.forward(image, Adapters.NONE), z)).isLessThan(1e-5);
    }
  }

  private static double distance(Tensor a, Tensor b) {
    return a.minus(b).abs().max().item();
  }

  @Test
  void unfusingRestoresEveryBit() {
    try (Scope scope = Scope.inference()) {
      Tensor l = random.normal(6, 8).times(1e-3);
      Tensor half = random.normal(5, 4, 3, 3).to(DType.F16);
      Map<String, Tensor> parameters = Map.of("l.weight", l, "c.weight", half);
      byte[] linearBits = l.toByteArray();
      byte[] halfBits = half.toByteArray();
      LoraAdapter adapter = LoraAdapter.of(Map.of("l", linearDelta(), "c", convDelta()));

      FusedLora fused = FusedLora.fuse(parameters, List.of(adapter.weighted(1000)));
      assertThat(l.toByteArray()).isNotEqualTo(linearBits);
      assertThat(half.dtype()).isEqualTo(DType.F16);
      fused.unfuse();
      fused.unfuse();

      assertThat(l.toByteArray()).isEqualTo(linearBits);
      assertThat(half.toByteArray()).isEqualTo(halfBits);
    }
  }

  @Test
  void aPackedKernelIsFusedAndComesBack() {
    try (Scope scope = Scope.inference()) {
      Tensor kernel = random.normal(5, 4, 3, 3);
      Conv2d plain = new Conv2d("c", kernel, null, 1, 1);
      Conv2d packed = new Conv2d("c", ConvolutionKernel.pack(kernel), null, 1, 1);
      LoraAdapter adapter = LoraAdapter.of(Map.of("c", convDelta()));
      Tensor image = random.normal(2, 4, 7, 7).channelsLast();
      Tensor y = plain.forward(image, adapter);
      Tensor before = packed.forward(image, Adapters.NONE);

      FusedLora fused = FusedLora.fuse(Map.of("c.weight", packed.weight()), List.of(adapter));

      assertThat(ConvolutionKernel.isPacked(packed.weight())).isTrue();
      assertThat(distance(packed.forward(image, Adapters.NONE), y)).isLessThan(1e-5);
      fused.unfuse();
      assertThat(packed.forward(image, Adapters.NONE).sameAs(before)).isTrue();
    }
  }

  @Test
  void weightsThatAreMappedFromAFileCanBeFused() {
    try (Scope scope = Scope.inference()) {
      Path file = folder.resolve("weights.safetensors");
      Tensor original = random.normal(6, 8);
      SafeTensorsWriter.write(file, Map.of("l.weight", original), Map.of());
      Map<String, Tensor> parameters = new LinkedHashMap<>();
      try (SafeTensors tensors = SafeTensors.open(file)) {
        parameters.put("l.weight", tensors.get("l.weight"));
      }
      FusedLora fused =
          FusedLora.fuse(parameters, List.of(LoraAdapter.of(Map.of("l", linearDelta()))));

      assertThat(parameters.get("l.weight").sameAs(original)).isFalse();
      fused.unfuse();
      assertThat(parameters.get("l.weight").sameAs(original)).isTrue();
    }
  }

  @Test
  void aLayerThatIsNotThereLeavesTheOthersAlone() {
    try (Scope scope = Scope.inference()) {
      Tensor l = random.normal(6, 8);
      Tensor before = l.copy();
      Map<String, Adapters.LoraDelta> deltas = new LinkedHashMap<>();
      deltas.put("l", linearDelta());
      deltas.put("nowhere", linearDelta());

      assertThatThrownBy(
              () -> FusedLora.fuse(Map.of("l.weight", l), List.of(LoraAdapter.of(deltas))))
          .isInstanceOf(LoraException.class)
          .hasMessageContaining("nowhere");
      assertThat(l.sameAs(before)).isTrue();
    }
  }
}
