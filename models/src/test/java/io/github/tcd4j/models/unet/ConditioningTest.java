package io.github.tcd4j.models.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ConditioningTest {

  private static Conditioning full(long rows) {
    RandomSource random = new RandomSource(rows);
    return new Conditioning(
        random.normal(rows, 4, 3),
        random.normal(rows, 5),
        random.normal(rows, 6),
        random.normal(rows),
        random.normal(rows, 7),
        random.normal(rows).times(100).to(DType.I64));
  }

  @Test
  void joinedRowsComeApartAgain() {
    try (Scope scope = Scope.inference()) {
      Conditioning a = full(2);
      Conditioning b = full(3);

      Conditioning joined = Conditioning.cat(a, b);

      assertThat(joined.rows()).isEqualTo(5);
      Conditioning again = joined.rows(2, 3);
      assertThat(again.tokens().sameAs(b.tokens())).isTrue();
      assertThat(again.pooled()).matches(t -> t.sameAs(b.pooled()));
      assertThat(again.timeIds()).matches(t -> t.sameAs(b.timeIds()));
      assertThat(again.guidance()).matches(t -> t.sameAs(b.guidance()));
      assertThat(again.timeShift()).matches(t -> t.sameAs(b.timeShift()));
      assertThat(again.classLabels()).matches(t -> t.sameAs(b.classLabels()));
    }
  }

  @Test
  void selectedRowsAreThoseOfTheirIndicesInOrder() {
    try (Scope scope = Scope.inference()) {
      Conditioning all = full(4);

      Conditioning some = all.select(Tensor.of(new long[] {3, 1, 3}));

      for (int i = 0; i < 3; i++) {
        Conditioning one = some.rows(i, 1);
        Conditioning wanted = all.rows(i == 1 ? 1 : 3, 1);
        assertThat(one.tokens().sameAs(wanted.tokens())).isTrue();
        assertThat(one.pooled()).matches(t -> t.sameAs(wanted.pooled()));
        assertThat(one.timeIds()).matches(t -> t.sameAs(wanted.timeIds()));
        assertThat(one.guidance()).matches(t -> t.sameAs(wanted.guidance()));
        assertThat(one.timeShift()).matches(t -> t.sameAs(wanted.timeShift()));
        assertThat(one.classLabels()).matches(t -> t.sameAs(wanted.classLabels()));
      }
    }
  }

  @Test
  void anotherTextReplacesTokensAndPooledTextAndLeavesTheSizes() {
    try (Scope scope = Scope.inference()) {
      Conditioning own = full(2);
      Conditioning empty = full(1);
      Tensor second = Tensor.of(new float[] {1, 0}).reshape(2, 1, 1).lessThan(Tensor.scalar(0.5));

      Conditioning mixed = own.withTextWhere(second, empty);

      assertThat(mixed.rows(0, 1).tokens().sameAs(own.rows(0, 1).tokens())).isTrue();
      assertThat(mixed.rows(0, 1).pooled()).matches(t -> t.sameAs(own.rows(0, 1).pooled()));
      assertThat(mixed.rows(1, 1).tokens().sameAs(empty.tokens())).isTrue();
      assertThat(mixed.rows(1, 1).pooled()).matches(t -> t.sameAs(empty.pooled()));
      assertThat(mixed.timeIds()).matches(t -> t.sameAs(own.timeIds()));
      assertThat(mixed.classLabels()).matches(t -> t.sameAs(own.classLabels()));
      Conditioning all = own.withText(empty);
      assertThat(all.rows(0, 1).pooled()).matches(t -> t.sameAs(empty.pooled()));
      assertThat(all.rows(1, 1).tokens().sameAs(empty.tokens())).isTrue();
      assertThat(all.timeIds()).matches(t -> t.sameAs(own.timeIds()));
    }
  }

  @Test
  void textAloneJoinsWithTextAlone() {
    try (Scope scope = Scope.inference()) {
      Conditioning text = Conditioning.text(Tensor.zeros(DType.F32, 2, 4, 3));

      assertThat(Conditioning.cat(text, text).pooled()).isNull();
    }
  }

  @Test
  void rowsWithAndWithoutPooledTextDoNotJoin() {
    try (Scope scope = Scope.inference()) {
      Conditioning text = Conditioning.text(Tensor.zeros(DType.F32, 2, 4, 3));

      assertThatThrownBy(() -> Conditioning.cat(full(2), text)).hasMessageContaining("pooled");
    }
  }

  @Test
  void allPartsNeedTheSameNumberOfRows() {
    try (Scope scope = Scope.inference()) {
      Conditioning text = Conditioning.text(Tensor.zeros(DType.F32, 2, 4, 3));

      assertThatThrownBy(() -> text.withGuidance(Tensor.zeros(DType.F32, 3)))
          .hasMessageContaining("guidance")
          .hasMessageContaining("[3]");
    }
  }
}
