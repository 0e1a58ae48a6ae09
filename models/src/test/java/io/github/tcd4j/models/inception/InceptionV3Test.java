package io.github.tcd4j.models.inception;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.Fixture;
import io.github.tcd4j.models.FormulaWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorException;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Outputs of torch-fidelity, by {@code oracle/make_network_fixtures.py}. */
class InceptionV3Test {
  private static final FormulaWeights WEIGHTS =
      new FormulaWeights(name -> !name.endsWith("conv.bias"));

  @SuppressWarnings("NullAway.Init")
  private static Scope scope;

  @SuppressWarnings("NullAway.Init")
  private static InceptionV3 network;

  @SuppressWarnings("NullAway.Init")
  private static SafeTensors expected;

  @BeforeAll
  static void open() throws Exception {
    scope = Scope.inference();
    network = InceptionV3.of(Weights.of(WEIGHTS));
    expected =
        SafeTensors.open(
            Path.of(
                Objects.requireNonNull(
                        InceptionV3Test.class.getResource("/networks/inception.safetensors"))
                    .toURI()));
  }

  @AfterAll
  static void close() {
    expected.close();
    scope.close();
  }

  @Test
  void everyTapEqualsTorchFidelitys() {
    Tensor pictures =
        Tensor.cat(
            0,
            FormulaWeights.blocks("inc.a", 299, 299, 23),
            FormulaWeights.blocks("inc.b", 299, 299, 60));
    InceptionV3.Output out = network.forward(pictures.minus(128).div(128));

    Fixture.assertClose("pool64", out.pool64(), expected.get("64"), 1e-5);
    Fixture.assertClose("pool192", out.pool192(), expected.get("192"), 1e-5);
    Fixture.assertClose("spatial", out.spatial(), expected.get("spatial"), 1e-5);
    Fixture.assertClose("pool768", out.pool768(), expected.get("768"), 1e-5);
    Fixture.assertClose("pool2048", out.pool2048(), expected.get("2048"), 1e-5);
    Tensor logits = network.logits(out.pool2048());
    Fixture.assertClose("logits", logits, expected.get("logits_unbiased"), 1e-5);
    Tensor biased = network.logitsWithBias(out.pool2048());
    Fixture.assertClose("logits with bias", biased, expected.get("logits"), 1e-5);
    assertThat(out.pool2048().select(0, 0).to(DType.F64).sum().item())
        .isCloseTo(4492.416243, org.assertj.core.data.Offset.offset(0.002));
  }

  @Test
  void theNetworkHasTheParametersOfTheReleasedFile() {
    assertThat(WEIGHTS.read()).hasSize(472);
    long floats =
        WEIGHTS.read().values().stream()
            .mapToLong(s -> java.util.Arrays.stream(s).reduce(1, (a, b) -> a * b))
            .sum();
    assertThat(floats).isEqualTo(23_885_392);
  }

  @Test
  void picturesThatAreTooSmallOrGreyAreRefused() {
    assertThatThrownBy(() -> network.features(Tensor.zeros(DType.F32, 1, 3, 74, 299)))
        .isInstanceOf(TensorException.class)
        .hasMessage(
            "Inception reads (B, 3, 299, 299), sides of at least 75, but got F32[1, 3, 74, 299]");
    assertThatThrownBy(() -> network.features(Tensor.zeros(DType.F32, 1, 1, 299, 299)))
        .isInstanceOf(TensorException.class);
  }
}
