package io.github.tcd4j.models.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.FormulaWeights;
import io.github.tcd4j.models.efficientnet.EfficientNetLite0;
import io.github.tcd4j.models.icnet.IcNet;
import io.github.tcd4j.models.inception.InceptionV3;
import io.github.tcd4j.models.layers.ConvNorm2d.Shape;
import io.github.tcd4j.models.reward.ImageReward;
import io.github.tcd4j.tensor.ConvolutionGeometry;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkFileTest {
  private final Scope scope = Scope.inference();

  @TempDir Path folder;

  @AfterEach
  void close() {
    scope.close();
  }

  private Path written(Map<String, Tensor> tensors) {
    Path file = folder.resolve("weights.safetensors");
    SafeTensorsWriter.write(file, tensors, Map.of());
    return file;
  }

  @Test
  void everyNetworkNamesItselfAndTheFirstTensorThatIsMissing() {
    Path file = written(Map.of("a", Tensor.of(new float[] {1})));
    Map<String, BiFunction<Path, Device, ?>> networks =
        Map.of(
            "the Inception network of FID: the file lacks Conv2d_1a_3x3.conv.weight",
            InceptionV3::open,
            "ICNet of IC9600: the file lacks b1_1.0.weight",
            IcNet::open,
            "EfficientNet-Lite0: the file lacks _conv_stem.weight",
            EfficientNetLite0::open,
            "ImageReward: the file lacks blip.visual_encoder.blocks.0.norm1.weight",
            ImageReward::open);
    networks.forEach(
        (fault, open) ->
            assertThatThrownBy(() -> open.apply(file, Device.CPU))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(file + " is not " + fault));
  }

  @Test
  void whatTheNetworkHasNotIsRefusedByName() {
    Path file = written(Map.of("weight", FormulaWeights.value("w", 2, 3), "bias.extra", scope1()));
    assertThatThrownBy(
            () -> {
              try (TensorFile tensors = TensorFile.open(file)) {
                NetworkFile.build(
                    "it", "a layer", tensors, Device.CPU, w -> Linear.withoutBias(w, 3, 2));
              }
            })
        .isInstanceOf(WeightsException.class)
        .hasMessage(
            "it is not a layer: the file has 1 tensors that this network has not, such as"
                + " bias.extra");
  }

  private static Tensor scope1() {
    return Tensor.of(new float[] {1});
  }

  @Test
  void aViewUnderOtherNamesReadsTheSameTensors() {
    Path file = written(Map.of("module.weight", FormulaWeights.value("w", 2, 3)));
    try (TensorFile tensors =
        NetworkFile.renamed(TensorFile.open(file), name -> name.replace("module.", ""))) {
      assertThat(tensors.names()).containsExactly("weight");
      assertThat(tensors.shape("weight")).containsExactly(2, 3);
      assertThat(tensors.get("weight").sameAs(FormulaWeights.value("w", 2, 3))).isTrue();
      assertThat(tensors.forConversion("weight").sameAs(tensors.get("weight"))).isTrue();
    }
  }

  /** By the definition of both, in float64, for each combination of what may be absent. */
  @Test
  void aFoldedNormEqualsConvolutionAndNormOneAfterTheOther() {
    for (int absent = 0; absent < 4; absent++) {
      boolean bias = (absent & 1) == 0;
      boolean scaled = (absent & 2) == 0;
      Weights w =
          Weights.of(
              new FormulaWeights(
                  name -> bias && name.equals("conv.bias") || scaled && name.equals("bn.weight")));
      var geometry = new ConvolutionGeometry(2, 1, 0, 2);
      Shape shape = new Shape(4, 6, 3, 2, geometry, true);
      ConvNorm2d layer = ConvNorm2d.of(w.at("conv"), w.at("bn"), 0.01, shape);
      Tensor x = FormulaWeights.noise("x", 2, 4, 9, 8);

      Tensor kernel = FormulaWeights.value("conv.weight", 6, 2, 3, 2);
      Tensor own = bias ? FormulaWeights.value("conv.bias", 6) : null;
      Tensor y = Functional.conv2d(x, kernel, own, geometry, false);
      Tensor mean = FormulaWeights.value("bn.running_mean", 6).reshape(1, 6, 1, 1);
      Tensor std = FormulaWeights.value("bn.running_var", 6).plus(0.01).sqrt();
      Tensor normed = y.minus(mean).div(std.reshape(1, 6, 1, 1));
      Tensor scale = FormulaWeights.value("bn.weight", 6).reshape(1, 6, 1, 1);
      Tensor shift = FormulaWeights.value("bn.bias", 6).reshape(1, 6, 1, 1);
      Tensor expected = Functional.relu((scaled ? normed.times(scale) : normed).plus(shift));

      Tensor out = layer.forward(x);
      assertThat(out.shape()).isEqualTo(expected.shape());
      assertThat(out.minus(expected).abs().max().item()).isCloseTo(0, Offset.offset(1e-6));
      Tensor linear = layer.withoutRelu().forward(x);
      assertThat(linear.min().item()).isNegative();
      assertThat(Functional.relu(linear).minus(expected).abs().max().item())
          .isCloseTo(0, Offset.offset(1e-6));
    }
  }

  @Test
  void layersOfOneInputJoinedGiveTheirChannelsInOrder() {
    Map<String, ConvNorm2d> units = new HashMap<>();
    for (String name : new String[] {"a", "b"}) {
      Weights w = Weights.of(new FormulaWeights(n -> !n.endsWith("conv.bias"))).at(name);
      Shape shape = Shape.square(4, name.equals("a") ? 3 : 5, 1, 1, 0);
      units.put(name, ConvNorm2d.of(w.at("conv"), w.at("bn"), 0.01, shape));
    }
    ConvNorm2d a = units.getOrDefault("a", units.get("b"));
    ConvNorm2d b = units.getOrDefault("b", a);
    Tensor x = FormulaWeights.noise("x", 2, 4, 5, 5);
    Tensor apart = Tensor.cat(1, a.forward(x), b.forward(x));
    Tensor joined = ConvNorm2d.joined(a, b).forward(x);
    assertThat(joined.minus(apart).abs().max().item()).isCloseTo(0, Offset.offset(1e-6));
  }
}
