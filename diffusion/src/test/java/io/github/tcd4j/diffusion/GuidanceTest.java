package io.github.tcd4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GuidanceTest {
  private final Scope scope = Scope.inference();
  private final List<long[]> passes = new ArrayList<>();
  private final Tensor condition = Tensor.of(new float[] {1, 2, 0, 0}, 4, 1, 1, 1);
  private final Guidance guidance =
      new Guidance(
          (x, t, s) -> {
            passes.add(x.shape());
            Tensor told = x.plus(condition).plus(PerSample.broadcast(t.plus(s)));
            return new Prediction(Prediction.Kind.V, told);
          });
  private final Tensor x = Tensor.of(new float[] {10, 20}, 2, 1, 1, 1);
  private final Tensor t = Tensor.of(new float[] {100, 200});

  @AfterEach
  void free() {
    scope.close();
  }

  @Test
  void everyRowHasItsOwnStrength() {
    Prediction p = guidance.at(x, t, Tensor.of(new float[] {0, 7}));
    assertThat(p.kind()).isEqualTo(Prediction.Kind.V);
    assertThat(p.output().toFloatArray()).containsExactly(10 + 200 + 1, 20 + 400 + 2 + 7 * 2);
  }

  @Test
  void bothSetsOfRowsGoThroughInOnePass() {
    guidance.at(x, t, Tensor.of(new float[] {1, 1}));
    assertThat(passes).containsExactly(new long[] {4, 1, 1, 1});
  }

  @Test
  void aScaleOfGIsAStrengthOfGMinusOne() {
    Tensor s = Tensor.of(new float[] {0, 0});
    Tensor scaled = guidance.scaled(7.5).at(x, t, s).output();
    assertThat(scaled.toDoubleArray())
        .containsExactly(new double[] {10 + 100 + 7.5, 20 + 200 + 2 * 7.5}, within(1e-4));
    Tensor fixed = guidance.with(Tensor.of(new float[] {6.5f, 6.5f})).at(x, t, s).output();
    assertThat(fixed.toFloatArray()).containsExactly(10 + 200 + 7.5f, 20 + 400 + 15);
  }

  @Test
  void aScaleThatMeansOffIsRefused() {
    assertThatThrownBy(() -> guidance.scaled(1))
        .hasMessage(
            "guidance scale must be greater than 1 but was 1.0; without guidance use the"
                + " conditional network alone");
  }
}
