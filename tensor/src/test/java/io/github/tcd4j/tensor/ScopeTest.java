package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ScopeTest {
  @Test
  void tenThousandOperationsLeaveNoNativeObject() {
    try (Scope warm = Scope.open()) {
      operations(10);
    }
    long before = Engine.settledObjects();
    for (int i = 0; i < 10; i++) {
      try (Scope scope = Scope.open()) {
        operations(1000);
      }
    }
    assertThat(Engine.liveObjects()).isEqualTo(before);
  }

  private static void operations(int n) {
    Tensor x = Tensor.ones(DType.F32, 4, 4);
    for (int i = 0; i < n; i += 4) {
      x = x.plus(1.0).times(x.reshape(4, 4)).clamp(-1, 1);
    }
    assertThat(x.numel()).isEqualTo(16);
  }

  @Test
  void aKeptTensorOutlivesItsScopeAndDiesWithTheOuterOne() {
    long before;
    Tensor kept;
    try (Scope outer = Scope.open()) {
      before = Engine.settledObjects();
      try (Scope inner = Scope.open()) {
        kept = inner.keep(Tensor.full(3, DType.F32, 2));
      }
      assertThat(kept.toFloatArray()).containsExactly(3, 3);
      assertThat(Engine.liveObjects()).isGreaterThan(before);
    }
    assertThat(Engine.liveObjects()).isLessThanOrEqualTo(before);
    assertThat(kept.handle().isNull()).isTrue();
  }

  @Test
  void aKeptTensorWithoutAnOuterScopeIsTheCallers() {
    long before = Engine.settledObjects();
    Tensor kept;
    try (Scope scope = Scope.open()) {
      kept = scope.keep(Tensor.full(3, DType.F32, 2));
    }
    assertThat(kept.toFloatArray()).containsExactly(3, 3);
    kept.close();
    assertThat(Engine.liveObjects()).isEqualTo(before);
  }

  @Test
  void aDisownedTensorOutlivesAllScopes() {
    long before = Engine.settledObjects();
    Tensor free;
    try (Scope outer = Scope.open()) {
      try (Scope inner = Scope.open()) {
        free = inner.disown(Tensor.full(3, DType.F32, 2));
      }
    }
    assertThat(free.toFloatArray()).containsExactly(3, 3);
    free.close();
    assertThat(Engine.liveObjects()).isEqualTo(before);
  }

  @Test
  void nothingIsRecordedInAnInferenceScope() {
    try (Scope outer = Scope.open()) {
      Tensor p = Tensor.ones(DType.F32, 2).requiresGrad_(true);
      try (Scope inner = Scope.inference()) {
        assertThat(p.times(2).requiresGrad()).isFalse();
      }
      assertThat(p.times(2).requiresGrad()).isTrue();
    }
  }
}
