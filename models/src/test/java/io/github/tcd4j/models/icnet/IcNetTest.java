package io.github.tcd4j.models.icnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.Fixture;
import io.github.tcd4j.models.FormulaWeights;
import io.github.tcd4j.models.Golden;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Outputs of the authors' code, by {@code oracle/make_network_fixtures.py}. */
class IcNetTest {
  /** The convolutions of ResNet, unlike those of the heads. */
  private static final Pattern WITHOUT_BIAS =
      Pattern.compile("b\\d_\\d\\.(0|.*conv\\d|.*downsample\\.0)\\.bias");

  @Test
  void scoresAndMapsEqualTheAuthors() {
    try (Scope scope = Scope.inference();
        Golden golden = new Golden("icnet")) {
      IcNet network =
          IcNet.of(Weights.of(new FormulaWeights(name -> !WITHOUT_BIAS.matcher(name).matches())));
      Tensor mean = Tensor.of(new float[] {0.485f, 0.456f, 0.406f}, 1, 3, 1, 1);
      Tensor std = Tensor.of(new float[] {0.229f, 0.224f, 0.225f}, 1, 3, 1, 1);
      Tensor pictures =
          Tensor.cat(
              0,
              FormulaWeights.blocks("ic.a", 512, 512, 16),
              FormulaWeights.blocks("ic.b", 512, 512, 64));
      Tensor pixels = pictures.div(255).minus(mean).div(std);

      IcNet.Output out = network.forward(pixels);
      golden.check("scores", out.scores());
      // PyTorch's own maps with channels last are as far from those that the authors' layout gives.
      Tensor maps = everyFourth(everyFourth(out.maps(), 2), 3);
      Fixture.assertClose("maps", maps, golden.get("maps"), 5e-5);
      assertThat(network.scores(pixels.narrow(0, 0, 1)).item())
          .isCloseTo(out.scores().item(0), org.assertj.core.data.Offset.offset(1e-6));
      assertThatThrownBy(() -> network.scores(Tensor.zeros(DType.F32, 1, 3, 256, 256)))
          .isInstanceOf(TensorException.class)
          .hasMessage("ICNet reads (B, 3, 512, 512) but got F32[1, 3, 256, 256]");
    }
  }

  private static Tensor everyFourth(Tensor t, int d) {
    long[] at = new long[(int) t.size(d) / 4];
    for (int i = 0; i < at.length; i++) {
      at[i] = 4L * i;
    }
    return t.indexSelect(d, Tensor.of(at, at.length));
  }
}
