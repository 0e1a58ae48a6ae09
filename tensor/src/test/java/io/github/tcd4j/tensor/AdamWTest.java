package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdamWTest {
  private static final AdamW.Settings SETTINGS = new AdamW.Settings(0.9, 0.99, 1e-8, 0.1);

  @Test
  void followsTheFormulaOfThePaper() {
    try (Scope scope = Scope.open()) {
      Tensor p = Tensor.of(new float[] {1f, -2f}).requiresGrad_(true);
      AdamW adam = new AdamW(Map.of("p", p), SETTINGS);
      double[] x = {1, -2};
      double[] m = {0, 0};
      double[] v = {0, 0};
      for (int step = 1; step <= 5; step++) {
        Autograd.backward(p.square().sum());
        adam.step(0.05);
        adam.clearGradients();
        for (int i = 0; i < 2; i++) {
          double g = 2 * x[i];
          m[i] = 0.9 * m[i] + 0.1 * g;
          v[i] = 0.99 * v[i] + 0.01 * g * g;
          double mHat = m[i] / (1 - Math.pow(0.9, step));
          double vHat = v[i] / (1 - Math.pow(0.99, step));
          x[i] = x[i] - 0.05 * 0.1 * x[i] - 0.05 * mHat / (Math.sqrt(vHat) + 1e-8);
        }
      }
      assertThat(p.item(0)).isCloseTo(x[0], within(1e-5));
      assertThat(p.item(1)).isCloseTo(x[1], within(1e-5));
    }
  }

  @Test
  void channelsLastWeightsGetTheGradientOfTheirOwnElement() {
    try (Scope scope = Scope.open()) {
      RandomSource random = new RandomSource(1);
      Tensor image = random.normal(2, 3, 5, 5);
      Tensor start = random.normal(4, 3, 3, 3);
      Tensor plain = start.copy().requiresGrad_(true);
      Tensor last = start.channelsLast().detach().requiresGrad_(true);
      for (Tensor w : new Tensor[] {plain, last}) {
        AdamW adam = new AdamW(Map.of("w", w), SETTINGS);
        for (int i = 0; i < 3; i++) {
          Autograd.backward(Functional.conv2d(image.channelsLast(), w, null, 1, 1).square().mean());
          adam.step(0.01);
          adam.clearGradients();
        }
      }
      assertThat(last.minus(plain).abs().max().item()).isLessThan(1e-5);
    }
  }

  @Test
  void continuesBitByBitFromASavedState() {
    try (Scope scope = Scope.open()) {
      Tensor a = new RandomSource(3).normal(7).requiresGrad_(true);
      AdamW first = new AdamW(Map.of("a", a), SETTINGS);
      run(first, a, 3);
      Tensor b = a.detach().copy().requiresGrad_(true);
      Map<String, Tensor> saved = new LinkedHashMap<>();
      first.state().forEach((k, t) -> saved.put(k.replace("a.", "b."), t.copy()));
      AdamW second = new AdamW(Map.of("b", b), SETTINGS);
      second.restore(saved);
      run(first, a, 4);
      run(second, b, 4);
      assertThat(a.sameAs(b)).isTrue();
    }
  }

  private static void run(AdamW adam, Tensor p, int steps) {
    for (int i = 0; i < steps; i++) {
      Autograd.backward(p.square().sum());
      adam.step(0.1);
      adam.clearGradients();
    }
  }

  @Test
  void aStateThatLacksAnEntryIsRefused() {
    try (Scope scope = Scope.open()) {
      AdamW adam = new AdamW(Map.of("p", Tensor.ones(DType.F32, 1).requiresGrad_(true)), SETTINGS);
      assertThatThrownBy(() -> adam.restore(Map.of()))
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("p.exp_avg");
    }
  }

  @Test
  void gradientsAreClippedToTheirCommonNorm() {
    try (Scope scope = Scope.open()) {
      Tensor p = Tensor.of(new float[] {3, 4}).requiresGrad_(true);
      AdamW adam = new AdamW(Map.of("p", p), SETTINGS);
      Autograd.backward(p.square().sum().times(0.5));
      assertThat(adam.clipGradients(1)).isCloseTo(5, within(1e-6));
      assertThat(Autograd.gradient(p).toFloatArray())
          .containsExactly(new float[] {0.6f, 0.8f}, within(1e-6f));
    }
  }

  @Test
  void theMovingAverageMovesByItsDecay() {
    try (Scope scope = Scope.open()) {
      Tensor p = Tensor.of(new float[] {1f});
      MovingAverage average = new MovingAverage(Map.of("p", p));
      p.copyFrom_(Tensor.of(new float[] {3f}));
      average.update(0.75);
      assertThat(average.averages().get("p").item()).isCloseTo(1.5, within(1e-6));
    }
  }
}
