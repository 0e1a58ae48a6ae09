package io.github.tcd4j.models.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.FormulaWeights;
import io.github.tcd4j.models.Golden;
import io.github.tcd4j.models.blip.BlipConfig;
import io.github.tcd4j.models.blip.BlipModel;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * A tiny ImageReward of timm's vision transformer and transformers' {@code BlipTextModel}, by
 * {@code oracle/make_network_fixtures.py}.
 */
class ImageRewardTest {
  private static final BlipConfig TINY =
      new BlipConfig(
          32, 16, new BlipConfig.Stack(32, 2, 4, 128), new BlipConfig.Stack(24, 2, 3, 48), 64, 40);

  private static FormulaWeights weights() {
    return new FormulaWeights(name -> !name.contains("layers.11"));
  }

  @Test
  void rewardsOfTextsOfDifferentLengthEqualThePublishedCodes() {
    try (Scope scope = Scope.inference();
        Golden golden = new Golden("blip")) {
      ImageReward network = ImageReward.of(Weights.of(weights()), TINY);
      Tensor pictures = network.encode(FormulaWeights.noise("ir.img", 2, 3, 32, 32));
      golden.check("pictures", pictures);
      Tensor first = Tensor.of(new long[] {2, 17, 5, 33, 9, 60, 3}, 1, 7);
      Tensor second = Tensor.of(new long[] {2, 8, 3}, 1, 3);

      Tensor a = network.rewards(first, pictures.narrow(0, 0, 1));
      Tensor b = network.rewards(second, pictures.narrow(0, 1, 1));
      golden.check("rewards", Tensor.cat(0, a, b));

      BlipModel blip = BlipModel.of(Weights.of(weights()).at("blip"), TINY);
      Tensor hidden = blip.text().forward(first, pictures.narrow(0, 0, 1));
      golden.check("hidden", first(hidden));
    }
  }

  /** Without the padding, whose states are nobody's. */
  private static Tensor first(Tensor hidden) {
    return hidden.select(0, 0);
  }

  @Test
  void twoPairsAtOnceHaveTheRewardsOfEachAlone() {
    try (Scope scope = Scope.inference()) {
      ImageReward network = ImageReward.of(Weights.of(weights()), TINY);
      Tensor pictures = network.encode(FormulaWeights.noise("ir.img", 2, 3, 32, 32));
      Tensor ids = Tensor.of(new long[] {2, 17, 5, 3, 2, 8, 9, 3}, 2, 4);
      float[] both = network.rewards(ids, pictures).toFloatArray();
      for (int i = 0; i < 2; i++) {
        float alone = (float) network.rewards(ids.narrow(0, i, 1), pictures.narrow(0, i, 1)).item();
        assertThat(both[i]).isCloseTo(alone, org.assertj.core.data.Offset.offset(1e-5f));
      }
    }
  }

  /** On the device of shapes alone, so that 1.8 GB need not be there. */
  @Test
  void theLargeConfigurationHasTheParametersOfTheReleasedFile() {
    FormulaShapes shapes = new FormulaShapes();
    var unused = ImageReward.of(Weights.of(shapes), BlipConfig.large());
    long vision = shapes.parameters("blip.visual_encoder.");
    long text = shapes.parameters("blip.text_encoder.");
    long head = shapes.parameters("mlp.");

    assertThat(vision).isEqualTo(303_301_632);
    assertThat(text).isEqualTo(141_977_088);
    assertThat(head).isEqualTo(927_969);
    assertThat(shapes.count()).as("625 with 4 of projections and the positions").isEqualTo(620);
  }

  @Test
  void inputsThatDoNotFitAreRefusedWithWhatFits() {
    try (Scope scope = Scope.inference()) {
      ImageReward network = ImageReward.of(Weights.of(weights()), TINY);
      assertThatThrownBy(() -> network.encode(Tensor.zeros(DType.F32, 1, 3, 16, 16)))
          .isInstanceOf(TensorException.class)
          .hasMessage("BLIP reads pictures (B, 3, 32, 32) but got F32[1, 3, 16, 16]");
      Tensor picture = Tensor.zeros(DType.F32, 1, 5, 32);
      assertThatThrownBy(() -> network.rewards(Tensor.of(new long[41], 1, 41), picture))
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("at most 40 tokens but got 41");
    }
  }

  /** Shapes without numbers. */
  private static final class FormulaShapes implements Weights.Source {
    private final java.util.Map<String, long[]> read = new java.util.TreeMap<>();

    @Override
    public Tensor parameter(String name, io.github.tcd4j.models.layers.Init init, long... shape) {
      read.put(name, shape);
      return Tensor.zeros(DType.F32).to(Device.META).expand(shape);
    }

    @Override
    public boolean has(String name) {
      return !name.contains("layers.11");
    }

    int count() {
      return read.size();
    }

    long parameters(String prefix) {
      return read.entrySet().stream()
          .filter(e -> e.getKey().startsWith(prefix))
          .mapToLong(e -> Arrays.stream(e.getValue()).reduce(1, (a, b) -> a * b))
          .sum();
    }
  }
}
