package io.github.tcd4j.models.edges;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.models.FormulaWeights;
import io.github.tcd4j.models.Golden;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.layers.WeightsException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Edges of controlnet_aux's networks, by {@code oracle/make_edge_fixtures.py}. */
class EdgeModelTest {
  @TempDir Path folder;

  /** The network's tensors by formula; what the script changes is changed here too. */
  private static Map<String, Tensor> tensors(String name) {
    Map<String, Tensor> tensors = new TreeMap<>();
    for (var e : Golden.json("edges").get(name).get("shapes").properties()) {
      long[] shape = new long[e.getValue().size()];
      for (int i = 0; i < shape.length; i++) {
        shape[i] = e.getValue().get(i).asLong();
      }
      Tensor t = FormulaWeights.value(e.getKey(), shape);
      t = e.getKey().equals("block1.convs.0.weight") ? t.div(64) : t;
      t = e.getKey().equals("block1.projection.bias") ? t.minus(12) : t;
      tensors.put(e.getKey(), t);
    }
    return tensors;
  }

  private Path file(Map<String, Tensor> tensors) {
    Path file = folder.resolve("network.safetensors");
    SafeTensorsWriter.write(file, tensors, Map.of());
    return file;
  }

  private static Tensor pixels() {
    return Tensor.cat(
        0,
        FormulaWeights.blocks("edges.a", 48, 80, 7),
        FormulaWeights.blocks("edges.b", 48, 80, 5));
  }

  private Tensor map(EdgeModel.Kind kind, Map<String, Tensor> tensors) {
    Path path = file(tensors);
    try (Scope scope = Scope.inference();
        TensorFile file = TensorFile.open(path)) {
      return scope.keep(EdgeModel.open("x", file, kind, Device.CPU).forward(pixels()));
    }
  }

  @Test
  void softEdgesAreThoseOfTheReference() {
    try (Scope scope = Scope.inference();
        Golden golden = new Golden("edges")) {
      golden.check("soft", map(EdgeModel.Kind.SOFT, tensors("soft")));
    }
  }

  @Test
  void drawingsAreThoseOfTheReference() {
    try (Scope scope = Scope.inference();
        Golden golden = new Golden("edges")) {
      golden.check("lines", map(EdgeModel.Kind.LINES, tensors("lines")));
    }
  }

  /** Facts of which a map of the right shape would not show that they are turned round. */
  @Test
  void theMeanTheBordersAndTheTurnedKernelCount() {
    try (Scope scope = Scope.inference();
        Golden golden = new Golden("edges")) {
      Map<String, Tensor> soft = tensors("soft");
      soft.put("norm", soft.get("norm").neg());
      assertThat(difference(golden.get("soft"), map(EdgeModel.Kind.SOFT, soft)))
          .isGreaterThan(1e-3);
      Map<String, Tensor> lines = tensors("lines");
      lines.put("model3.0.weight", lines.get("model3.0.weight").flip(2, 3).contiguous());
      assertThat(difference(golden.get("lines"), map(EdgeModel.Kind.LINES, lines)))
          .isGreaterThan(1e-2);
    }
  }

  private static double difference(Tensor a, Tensor b) {
    return a.minus(b).abs().max().item();
  }

  @Test
  void bordersAreMirroredWithoutTheOutermost() {
    try (Scope scope = Scope.inference()) {
      Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 1, 1, 2, 3);
      assertThat(MirroredBorder.around(x, 1).toFloatArray())
          .containsExactly(5, 4, 5, 6, 5, 2, 1, 2, 3, 2, 5, 4, 5, 6, 5, 2, 1, 2, 3, 2);
    }
  }

  /** Sums over a large map lose digits where channels come last. */
  @Test
  void theMomentsOfALargeMapAreExact() {
    try (Scope scope = Scope.inference()) {
      Tensor x = FormulaWeights.noise("edges.large", 1, 16, 500, 600).plus(3).channelsLast();
      Tensor exact = x.to(DType.F64);
      Tensor centred = exact.minus(exact.mean(true, 2, 3));
      Tensor expected = centred.div(centred.square().mean(true, 2, 3).plus(1e-5).sqrt());

      assertThat(difference(expected, InstanceNorm.of(x).to(DType.F64))).isLessThan(1e-5);
    }
  }

  /** Each pixel spreads the kernel around its place of twice the size. */
  @Test
  void theDoublingConvolutionIsTheTransposeOfAHalvingOne() {
    try (Scope scope = Scope.inference()) {
      Tensor kernel = FormulaWeights.value("edges.weight", 2, 3, 3, 3);
      Tensor small = FormulaWeights.noise("edges.small", 1, 2, 4, 5);
      Tensor large = FormulaWeights.noise("edges.large", 1, 3, 8, 10);
      Tensor bias = FormulaWeights.value("edges.bias", 3).reshape(1, 3, 1, 1);
      DoublingConvolution up =
          DoublingConvolution.of(Weights.of(new FormulaWeights(n -> true)).at("edges"), 2, 3);

      double there = up.forward(small).minus(bias).times(large).sum().item();
      double back = Functional.conv2d(large, kernel, null, 2, 1).times(small).sum().item();
      assertThat(there).isCloseTo(back, within(1e-4));
    }
  }

  private void refused(EdgeModel.Kind kind, Map<String, Tensor> tensors, String... parts) {
    assertThatThrownBy(() -> map(kind, tensors))
        .isInstanceOf(WeightsException.class)
        .hasMessageContainingAll(parts)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void anotherFileIsRefusedInOneSentence() {
    try (Scope scope = Scope.inference()) {
      refused(
          EdgeModel.Kind.SOFT,
          tensors("lines"),
          "x is not a soft edge network",
          "but a line art network");
      refused(EdgeModel.Kind.LINES, tensors("soft"), "but a soft edge network");
      refused(
          EdgeModel.Kind.SOFT,
          Map.of("conv.weight", Tensor.of(new float[1], 1)),
          "lacks block1.convs.0.weight and holds conv.weight");
      Map<String, Tensor> more = tensors("soft");
      more.put("extra", Tensor.of(new float[1], 1));
      refused(EdgeModel.Kind.SOFT, more, "1 tensors that this network has not, such as extra");
      Map<String, Tensor> less = tensors("soft");
      less.remove("block4.projection.bias");
      refused(EdgeModel.Kind.SOFT, less, "lacks block4.projection.bias");
      Map<String, Tensor> odd = tensors("lines");
      odd.remove("model3.3.weight");
      refused(EdgeModel.Kind.LINES, odd, "lacks model3.3.weight");
    }
  }
}
