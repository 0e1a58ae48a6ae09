package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TensorTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void aFailureNamesTheOperationAndTheShapes() {
    Tensor a = Tensor.ones(DType.F32, 2, 3);
    Tensor b = Tensor.ones(DType.F32, 4, 5);
    assertThatThrownBy(() -> a.matmul(b))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("matmul")
        .hasMessageContaining("F32[2, 3]")
        .hasMessageContaining("F32[4, 5]");
    assertThatThrownBy(() -> Functional.linear(a, b, null)).hasMessageContaining("linear");
    assertThatThrownBy(() -> a.reshape(7)).hasMessageContaining("reshape to [7]");
  }

  @Test
  void anArrayOfAnotherLengthThanItsShapeIsRefused() {
    assertThatThrownBy(() -> Tensor.of(new float[5], 2, 3)).hasMessageContaining("6 elements");
  }

  @Test
  void viewsAreReadInRowOrder() {
    Tensor t = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    assertThat(t.transpose(0, 1).toFloatArray()).containsExactly(1, 4, 2, 5, 3, 6);
    assertThat(t.narrow(1, 1, 2).toFloatArray()).containsExactly(2, 3, 5, 6);
    assertThat(t.select(0, 1).toFloatArray()).containsExactly(4, 5, 6);
  }

  @Test
  void channelsLastKeepsTheValues() {
    Tensor t = new RandomSource(1).normal(2, 3, 4, 5);
    assertThat(t.channelsLast().sameAs(t)).isTrue();
    assertThat(t.channelsLast().toFloatArray()).containsExactly(t.toFloatArray());
  }

  @Test
  void typesAreConvertedAndKeepTheirNames() {
    Tensor t = Tensor.of(new float[] {1.5f, -2.25f});
    for (DType type : new DType[] {DType.F16, DType.BF16, DType.F64}) {
      assertThat(t.to(type).dtype()).isEqualTo(type);
      assertThat(t.to(type).toFloatArray()).containsExactly(1.5f, -2.25f);
    }
    assertThat(Tensor.of(new byte[] {(byte) 200}).toLongArray()).containsExactly(200);
  }

  @Test
  void nanAndInfinityAreNotFinite() {
    assertThat(Tensor.of(new float[] {1, 2}).isFinite()).isTrue();
    assertThat(Tensor.of(new float[] {1, Float.NaN}).isFinite()).isFalse();
    assertThat(Tensor.of(new float[] {1, Float.NEGATIVE_INFINITY}).isFinite()).isFalse();
  }

  @Test
  void piecesPutTogetherAreTheWhole() {
    Tensor t = new RandomSource(2).normal(7, 4);
    assertThat(Tensor.cat(0, t.chunk(3, 0)).sameAs(t)).isTrue();
  }

  @Test
  void choiceSortAndGatherFollowTheirIndices() {
    Tensor t = Tensor.of(new float[] {3, 1, 2});
    Tensor order = t.argsort(0, false);
    assertThat(order.toLongArray()).containsExactly(1, 2, 0);
    assertThat(t.gather(0, order).toFloatArray()).containsExactly(1, 2, 3);
    Tensor small = t.lessThan(Tensor.scalar(2.5));
    assertThat(small.where(t, t.neg()).toFloatArray()).containsExactly(-3, 1, 2);
  }

  @Test
  void attentionIsTheSoftmaxOfTheProducts() {
    RandomSource random = new RandomSource(3);
    Tensor q = random.normal(1, 2, 4, 8);
    Tensor k = random.normal(1, 2, 5, 8);
    Tensor v = random.normal(1, 2, 5, 8);
    Tensor expected =
        Functional.softmax(q.matmul(k.transpose(2, 3)).div(Math.sqrt(8)), -1).matmul(v);
    Tensor difference = Functional.attention(q, k, v, false).minus(expected);
    assertThat(difference.abs().max().item()).isLessThan(1e-6);
  }

  @Test
  void causalAttentionSeesNothingThatComesLater() {
    RandomSource random = new RandomSource(4);
    Tensor x = random.normal(1, 1, 3, 4);
    Tensor first = Functional.attention(x, x, x, true).select(2, 0);
    assertThat(first.minus(x.select(2, 0)).abs().max().item()).isLessThan(1e-6);
  }

  @Test
  void crossEntropyOfEqualLogitsIsTheLogarithmOfTheirNumber() {
    Tensor logits = Tensor.zeros(DType.F32, 2, 5);
    Tensor labels = Tensor.of(new long[] {0, 3});
    assertThat(Functional.crossEntropy(logits, labels).item()).isCloseTo(Math.log(5), within(1e-6));
  }

  @Test
  void negativePaddingCrops() {
    Tensor t = Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 2, 2);
    Tensor moved = Functional.pad(t, 9, 1, -1, 0, 0);
    assertThat(moved.toFloatArray()).containsExactly(9, 1, 9, 3);
  }

  @Test
  void whatACastThatChangesNothingGivesCanBeClosedWithoutItsSource() {
    try (Tensor source = Tensor.of(new float[] {1, 2}, 1, 2)) {
      source.to(DType.F32).close();
      source.to(Device.CPU).close();
      source.channelsLast().close();
      assertThat(source.toFloatArray()).containsExactly(1, 2);
      try (Tensor same = source.to(DType.F32)) {
        same.copyFrom_(Tensor.of(new float[] {3, 4}, 1, 2));
      }
      assertThat(source.toFloatArray()).as("the memory is shared").containsExactly(3, 4);
    }
  }
}
