package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class AutogradTest {
  @Test
  void aLossThatDoesNotDependOnAnInputHasGradientZero() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(new float[] {2}).requiresGrad_(true);
      Tensor y = Tensor.of(new float[] {5}).requiresGrad_(true);
      List<Tensor> gradients = Autograd.gradients(x.square().sum(), List.of(x, y));
      assertThat(gradients.get(0).item()).isEqualTo(4);
      assertThat(gradients.get(1).item()).isZero();
    }
  }

  @Test
  void aLossWhoseGraphIsKeptCanBeDifferentiatedOnceMore() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(new float[] {2}).requiresGrad_(true);
      Tensor loss = x.square().sum();
      assertThat(Autograd.keepingGraph(loss, List.of(x)).get(0).item()).isEqualTo(4);
      assertThat(Autograd.hasGradient(x)).isFalse();
      Autograd.backward(loss);
      assertThat(Autograd.gradient(x).item()).isEqualTo(4);
    }
  }

  @Test
  void gradientsOutliveTheirScopeAndAreAddedInTheLayoutOfTheLeaf() {
    try (Scope scope = Scope.open()) {
      Tensor leaf = Tensor.ones(DType.F32, 1, 2, 2, 2).channelsLast().requiresGrad_(true);
      Tensor weight = Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 2, 2, 2);
      Tensor own;
      try (Scope inner = Scope.open()) {
        own = inner.disown(Autograd.gradients(leaf.times(weight).sum(), List.of(leaf)).get(0));
      }
      try (own) {
        Autograd.addGradient(leaf, own);
        Autograd.addGradient(leaf, weight);
        assertThat(own.toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
      }
      assertThat(Autograd.gradient(leaf).toFloatArray())
          .containsExactly(2, 4, 6, 8, 10, 12, 14, 16);
      assertThat(Autograd.gradient(leaf).handle().stride(1))
          .isEqualTo(leaf.handle().stride(1))
          .isOne();
    }
  }

  @Test
  void mixedPrecisionGivesBfloat16AndFloat32Gradients() {
    try (Scope scope = Scope.open()) {
      Tensor w = Tensor.ones(DType.F32, 3, 2).requiresGrad_(true);
      Tensor y;
      try (Autograd.Autocast autocast = Autograd.bf16()) {
        y = Functional.linear(Tensor.ones(DType.F32, 4, 2), w, null);
      }
      assertThat(y.dtype()).isEqualTo(DType.BF16);
      Autograd.backward(y.to(DType.F32).sum());
      assertThat(Autograd.gradient(w).dtype()).isEqualTo(DType.F32);
      assertThat(Autograd.gradient(w).toFloatArray())
          .containsExactly(new float[] {4, 4, 4, 4, 4, 4}, within(1e-6f));
    }
  }

  @Test
  void weightsUsedFirstWhereNothingIsRecordedStillGetGradients() {
    try (Scope scope = Scope.open()) {
      Tensor w = Tensor.ones(DType.F32, 3, 2).requiresGrad_(true);
      Tensor x = Tensor.ones(DType.F32, 4, 2);
      Tensor y;
      try (Autograd.Autocast autocast = Autograd.bf16()) {
        try (Scope target = Scope.inference()) {
          Functional.linear(x, w, null);
        }
        y = Functional.linear(x, w, null);
      }
      assertThat(y.requiresGrad()).isTrue();
    }
  }
}
