package io.github.tcd4j.data.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackdropTest {
  private static Set<Integer> colours(float[] pixels) {
    Set<Integer> found = new HashSet<>();
    int n = pixels.length / 3;
    for (int i = 0; i < n; i++) {
      found.add(
          Math.round(pixels[i]) << 16
              | Math.round(pixels[n + i]) << 8
              | Math.round(pixels[2 * n + i]));
    }
    return found;
  }

  @Test
  void thereAre24ColoursOfWhichNoTwoAreAlikeThen12GradientsThen6Textures() {
    Set<Integer> plain = new HashSet<>();
    for (int i = 0; i < 24; i++) {
      Set<Integer> own = colours(new Backdrop(i, 33, 5).pixels(16));
      assertThat(own).hasSize(1);
      plain.addAll(own);
    }
    assertThat(plain).hasSize(24);
    assertThat(IntStream.range(24, 36)).allMatch(i -> new Backdrop(i, 0, 0).isGradient());
    assertThat(Backdrop.COUNT).isEqualTo(42);
    assertThat(Texture.values()).hasSize(6);
  }

  @Test
  void aGradientGoesFromOneColourToTheOtherAlongItsAngle() {
    float[] across = new Backdrop(26, 0, 0).pixels(64);
    assertThat(across[64 * 10]).isCloseTo(0x0f, offset(1f));
    assertThat(across[64 * 10 + 63]).isCloseTo(0x4b, offset(1f));
    assertThat(across[7]).isEqualTo(across[64 * 50 + 7]);
    float[] down = new Backdrop(26, 90, 0).pixels(64);
    assertThat(down[10]).isCloseTo(0x0f, offset(1f));
    assertThat(down[64 * 63 + 10]).isCloseTo(0x4b, offset(1f));
  }

  @Test
  void everyTextureShowsBothColoursAndMovesWithItsShift() {
    for (int i = 36; i < 42; i++) {
      float[] pixels = new Backdrop(i, 20, 3).pixels(64);
      float[] blue = Arrays.copyOfRange(pixels, 2 * 64 * 64, 3 * 64 * 64);
      float least = Float.MAX_VALUE;
      float most = 0;
      for (float b : blue) {
        least = Math.min(least, b);
        most = Math.max(most, b);
      }
      assertThat(most - least).as("texture %s", i).isGreaterThan(18);
      assertThat(new Backdrop(i, 20, 6).pixels(64)).isNotEqualTo(pixels);
    }
  }

  @Test
  void aNumberBeyondTheLastIsRefused() {
    assertThatThrownBy(() -> new Backdrop(42, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("42");
  }
}
