package io.github.tcd4j.pipeline.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.tensor.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Seeds of 64 bits: with a sign as Java draws them, without as ComfyUI and NumPy do. */
class SeedTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "42, 42",
    "9223372036854775807, 9223372036854775807",
    "9223372036854775808, 9223372036854775808",
    "18446744073709551615, 18446744073709551615",
    "-1, 18446744073709551615",
    "-9223372036854775808, 9223372036854775808"
  })
  void everySeedThatTorchTakesIsReadAndWrittenWithoutASign(String text, String written) {
    assertThat(Seed.text(Seed.parse(text))).isEqualTo(written);
    assertThat(Seed.of(Seed.number(Seed.parse(text)))).isEqualTo(Seed.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"18446744073709551616", "-9223372036854775809"})
  void aSeedOfMoreThan64BitsIsRefusedWithTheRange(String text) {
    assertThatThrownBy(() -> Seed.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("seed must be in [-9223372036854775808, 18446744073709551615] but was " + text);
  }

  @Test
  void whatIsNoWholeNumberIsRefused() {
    assertThatThrownBy(() -> Seed.parse("1.5"))
        .hasMessage("seed must be a whole number but was 1.5");
  }

  @Test
  void picturesMustNotGoPastTheGreatestSeed() {
    Request.Builder last = Request.builder("a").seed(Seed.parse("18446744073709551614"));

    assertThat(Seed.text(last.count(2).build().seed())).isEqualTo("18446744073709551614");
    assertThatThrownBy(() -> last.count(3).build())
        .hasMessageContaining("3 pictures from seed 18446744073709551614 on go past");
  }

  @Test
  void aBatchMayCrossTheMiddleOfTheRange() {
    try (Scope scope = Scope.inference()) {
      NoiseSource both = NoiseSource.seeded(Long.MAX_VALUE, 2);
      NoiseSource second = NoiseSource.seeded(Long.MIN_VALUE, 1);

      assertThat(both.draw(2, 3).narrow(0, 1, 1).sameAs(second.draw(1, 3))).isTrue();
    }
  }
}
