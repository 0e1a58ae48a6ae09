package io.github.tcd4j.models.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.files.TensorMap;
import io.github.tcd4j.tensor.ConvolutionKernel;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FileWeightsTest {
  private static Map<String, Tensor> file(DType type) {
    Map<String, Tensor> file = new LinkedHashMap<>();
    RandomSource random = new RandomSource(1);
    file.put("linear.weight", random.normal(6, 4).to(type));
    file.put("linear.bias", random.normal(6).to(type));
    file.put("conv.weight", random.normal(4, 4, 3, 3).to(type));
    file.put("conv.bias", random.normal(4).to(type));
    file.put("norm.weight", random.normal(4).to(type));
    file.put("norm.bias", random.normal(4).to(type));
    return file;
  }

  private static FileWeights weights(
      Map<String, Tensor> file, Precision precision, Map<String, UnaryOperator<Tensor>> changes) {
    return new FileWeights("file", new TensorMap(file), precision, Device.CPU, changes);
  }

  private static Tensor forward(FileWeights source, Tensor x) {
    Weights w = Weights.of(source);
    Tensor h = Conv2d.same3x3(w.at("conv"), 4, 4).forward(x.channelsLast(), Adapters.NONE);
    Tensor n = GroupNorm.of(w.at("norm"), 2, 4, 1e-5).forward(h);
    return Linear.of(w.at("linear"), 4, 6).forward(n.permute(0, 2, 3, 1), Adapters.NONE);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void whatIsComputedInFloat32HasTheSameBitsHoweverItIsStored(DType type) {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(2)) {
      Map<String, Tensor> file = file(type);
      Tensor x = random.normal(2, 4, 5, 5);

      FileWeights stored = weights(file, Precision.AS_STORED, Map.of());
      Tensor asStored = forward(stored, x);

      assertThat(asStored.sameAs(forward(weights(file, Precision.FULL, Map.of()), x))).isTrue();
      assertThat(asStored.dtype()).isEqualTo(DType.F32);
      assertThat(stored.parameters().get("linear.weight").dtype()).isEqualTo(type);
      assertThat(stored.parameters().get("conv.weight").dtype()).isEqualTo(type);
      assertThat(stored.parameters().get("linear.bias").dtype()).isEqualTo(DType.F32);
      assertThat(stored.unread()).isEmpty();
    }
  }

  @Test
  void inBfloat16LayersComputeInItAndNormsInFloat32() {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(2)) {
      Map<String, Tensor> file = file(DType.F32);
      Tensor x = random.normal(2, 4, 5, 5);
      FileWeights half = weights(file, new Precision(DType.BF16, DType.BF16), Map.of());

      Tensor rough = forward(half, x);
      Tensor exact = forward(weights(file, Precision.FULL, Map.of()), x);

      assertThat(rough.dtype()).isEqualTo(DType.BF16);
      double scale = exact.abs().max().item();
      assertThat(rough.to(DType.F32).minus(exact).abs().max().item() / scale).isBetween(1e-4, 0.03);
      assertThat(half.parameters().get("norm.bias").dtype()).isEqualTo(DType.F32);
      assertThat(half.parameters().get("conv.bias").dtype()).isEqualTo(DType.BF16);
    }
  }

  @Test
  void normsBesideTheProcessorAreOfTheTypeThatIsComputedIn() {
    try (Scope scope = Scope.inference()) {
      Precision half = new Precision(DType.BF16, DType.BF16);
      FileWeights weights =
          new FileWeights("file", new TensorMap(file(DType.F32)), half, Device.META, Map.of());

      assertThat(weights.parameter("norm.weight", Init.ONES, 4).dtype()).isEqualTo(DType.BF16);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void aKernelIsPackedWhereItIsComputedInTheTypeThatItIsStoredIn(DType arithmetic) {
    try (Scope scope = Scope.inference()) {
      for (DType type : new DType[] {DType.F32, DType.BF16, DType.F16}) {
        FileWeights weights = weights(file(DType.F32), new Precision(type, arithmetic), Map.of());
        Tensor kernel = weights.parameter("conv.weight", Init.ZEROS, 4, 4, 3, 3);
        assertThat(kernel.dtype()).isEqualTo(type);
        assertThat(ConvolutionKernel.isPacked(kernel)).isEqualTo(type == arithmetic);
      }
    }
  }

  /** As DoRA and LoHa do, which know no way around the whole weight. */
  @Test
  void aChangeOfTheWholeWeightUnpacksAKernel() {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(2)) {
      Map<String, Tensor> file = file(DType.F32);
      Tensor x = random.normal(2, 4, 5, 5).channelsLast();
      Weights w = Weights.of(weights(file, Precision.FULL, Map.of()));
      Conv2d conv = Conv2d.same3x3(w.at("conv"), 4, 4);
      WeightChange.Additive change =
          new WeightChange.Additive() {
            @Override
            public Tensor change(long... shape) {
              return Tensor.ones(DType.F32, shape);
            }

            @Override
            public WeightChange.Additive weighted(double weight) {
              return this;
            }
          };

      Tensor y = conv.forward(x, path -> List.of(change));

      Tensor kernel = file.get("conv.weight").plus(1);
      Tensor wanted = Functional.conv2d(x, kernel, file.get("conv.bias"), 1, 1);
      assertThat(y.minus(wanted).abs().max().item()).isLessThan(1e-5);
    }
  }

  @Test
  void aChangeIsMadeInFloat32AndOnlyWhereItIsAsked() {
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> file = file(DType.F16);
      FileWeights changed =
          weights(file, Precision.AS_STORED, Map.of("linear.weight", w -> w.plus(1e-5).times(2)));
      Tensor own = Weights.of(changed).get("linear.weight", Init.ZEROS, 6, 4);
      Tensor weight = changed.fused().weight("linear", own);
      Tensor wanted = file.get("linear.weight").to(DType.F32).plus(1e-5).times(2);

      assertThat(weight.sameAs(wanted)).isTrue();
      assertThat(
              Weights.of(changed)
                  .get("conv.bias", Init.ZEROS, 4)
                  .sameAs(file.get("conv.bias").to(DType.F32)))
          .isTrue();
      assertThat(changed.unread())
          .containsExactly("conv.weight", "linear.bias", "norm.bias", "norm.weight");
    }
  }

  /** Bit for bit: a kernel is packed or not, a half stays one or not, just as when it is read. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void whatIsExchangedHasTheBitsOfWhatIsReadSo(DType type) {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(2)) {
      Map<String, Tensor> file = file(type);
      Tensor x = random.normal(2, 4, 5, 5);
      List<Map<String, UnaryOperator<Tensor>>> all =
          List.of(
              Map.of(),
              Map.of("conv.weight", w -> w.times(1.1), "linear.bias", w -> w.plus(1)),
              Map.of("norm.weight", w -> w.times(3), "conv.weight", w -> w.minus(0.3)),
              Map.of("linear.weight", w -> w.times(-1.7)));
      for (Precision precision :
          List.of(Precision.FULL, Precision.AS_STORED, new Precision(DType.F16, DType.F32))) {
        for (Map<String, UnaryOperator<Tensor>> start : all) {
          FileWeights exchanged = weights(file, precision, start);
          Network network = Network.of(exchanged);
          for (Map<String, UnaryOperator<Tensor>> next : all) {
            exchanged.fuse(next);
            FileWeights read = weights(file, precision, next);
            assertThat(network.forward(x, exchanged.fused()))
                .matches(y -> y.sameAs(Network.of(read).forward(x, read.fused())));
            read.fused().close();
          }
          exchanged.fused().close();
        }
      }
    }
  }

  private record Network(Conv2d conv, GroupNorm norm, Linear linear) {
    static Network of(FileWeights source) {
      Weights w = Weights.of(source);
      return new Network(
          Conv2d.same3x3(w.at("conv"), 4, 4),
          GroupNorm.of(w.at("norm"), 2, 4, 1e-5),
          Linear.of(w.at("linear"), 4, 6));
    }

    Tensor forward(Tensor x, Adapters adapters) {
      Tensor h = conv.forward(x.channelsLast(), adapters);
      Tensor n = norm.forward(h, adapters);
      return linear.forward(n.permute(0, 2, 3, 1), adapters);
    }
  }

  @Test
  void anExchangeThatFailsHalfWayIsMadeGoodByTheNext() {
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> file = file(DType.F32);
      FileWeights weights = weights(file, Precision.FULL, Map.of());
      Tensor own = weights.parameter("linear.weight", Init.ZEROS, 6, 4);
      UnaryOperator<Tensor> fault =
          w -> {
            throw new IllegalStateException("fault");
          };

      assertThatThrownBy(() -> weights.fuse(Map.of("linear.weight", fault))).hasMessage("fault");
      weights.fuse(Map.of());

      Tensor now = weights.fused().weight("linear", own);
      assertThat(now.sameAs(file.get("linear.weight"))).isTrue();
    }
  }

  @Test
  void nothingBesideTheParametersStays() {
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> file = file(DType.F16);
      FileWeights weights = weights(file, Precision.FULL, Map.of());
      long before = Engine.settledObjects();
      try (Scope inner = Scope.inference()) {
        file.forEach((name, t) -> weights.parameter(name, Init.ZEROS, t.shape()));
        assertThat(Engine.liveObjects() - before).isLessThanOrEqualTo(2L * file.size());
      }
      assertThat(Engine.liveObjects()).isEqualTo(before);
    }
  }

  @Test
  void aMissingParameterIsNamed() {
    try (Scope scope = Scope.inference()) {
      FileWeights weights = weights(Map.of(), Precision.FULL, Map.of());
      assertThatThrownBy(() -> weights.parameter("a.weight", Init.ZEROS, 1))
          .isInstanceOf(WeightsException.class)
          .hasMessage("file lacks a.weight");
    }
  }
}
