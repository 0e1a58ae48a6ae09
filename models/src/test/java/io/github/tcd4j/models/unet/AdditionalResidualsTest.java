package io.github.tcd4j.models.unet;

import static io.github.tcd4j.models.Fixture.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.Fixture;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The fixture {@code residuals} of {@code oracle/make_control_fixtures.py}. */
class AdditionalResidualsTest {
  private static List<Tensor> list(Fixture f, String name) {
    List<Tensor> tensors = new ArrayList<>();
    while (f.has(name + "." + tensors.size())) {
      tensors.add(f.get(name + "." + tensors.size()));
    }
    return tensors;
  }

  private static Tensor output(Fixture f, AdditionalResiduals residuals) {
    UNet2DConditionModel unet =
        UNet2DConditionModel.of(Weights.of(f.weights()), UNet2DConditionConfig.of(f.config()));
    PreparedConditioning c = unet.prepare(Conditioning.text(f.get("tokens")), Adapters.NONE);
    return unet.forward(f.get("x"), f.get("t"), c.with(residuals));
  }

  private static double error(Tensor actual, Tensor expected) {
    return actual.minus(expected).abs().max().item() / expected.abs().max().item();
  }

  @Test
  void residualsEnterWhereDiffusersAddsThem() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("control/residuals")) {
      AdditionalResiduals control = AdditionalResiduals.ofControl(list(f, "skip"), f.get("mid"));
      AdditionalResiduals adapter = AdditionalResiduals.ofAdapter(list(f, "block"));

      assertClose("control", output(f, control), f.get("out.control"), 1e-5);
      assertClose("adapter", output(f, adapter), f.get("out.adapter"), 1e-5);
      assertClose("both", output(f, control.plus(adapter)), f.get("out.both"), 1e-5);
      assertClose("both", output(f, adapter.plus(control)), f.get("out.both"), 1e-5);
    }
  }

  @Test
  void theOrderOfResidualsAndTheMiddleBlocksMatter() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("control/residuals")) {
      List<Tensor> skips = list(f, "skip");
      Tensor expected = f.get("out.control");
      List<Tensor> swapped = new ArrayList<>(skips);
      Collections.swap(swapped, 0, 1); // of equal shape
      List<Tensor> blocks = new ArrayList<>(list(f, "block"));
      Collections.swap(blocks, 3, 4);

      assertThat(error(output(f, AdditionalResiduals.ofControl(swapped, f.get("mid"))), expected))
          .isGreaterThan(1e-2);
      assertThat(
              error(
                  output(f, AdditionalResiduals.ofControl(skips, f.get("mid").times(0))), expected))
          .isGreaterThan(1e-2);
      assertThat(error(output(f, AdditionalResiduals.ofAdapter(blocks)), f.get("out.adapter")))
          .isGreaterThan(1e-2);
      assertThatThrownBy(
              () -> output(f, AdditionalResiduals.ofControl(skips.subList(1, 4), f.get("mid"))))
          .hasMessageContaining("residuals for 3");
    }
  }

  @Test
  void sumsAndZeroRows() {
    try (Scope scope = Scope.inference()) {
      Tensor one = Tensor.ones(DType.F32, 2, 3, 1, 1);
      AdditionalResiduals a = AdditionalResiduals.ofControl(List.of(one), one);
      AdditionalResiduals padded = a.plus(a).zeroPadded(3);

      assertThat(padded.skips().get(0).toFloatArray()).containsExactly(2, 2, 2, 2, 2, 2, 0, 0, 0);
      assertThat(padded.mid().shape()).containsExactly(3, 3, 1, 1);
      assertThat(AdditionalResiduals.NONE.plus(a)).isEqualTo(a);
      assertThatThrownBy(() -> a.plus(AdditionalResiduals.ofControl(List.of(one, one), one)))
          .hasMessageContaining("cannot be added");
    }
  }
}
