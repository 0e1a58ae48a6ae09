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
        random.normal(rows, 7));
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
