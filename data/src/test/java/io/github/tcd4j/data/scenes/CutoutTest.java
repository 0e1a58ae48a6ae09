package io.github.tcd4j.data.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.data.DataException;
import io.github.tcd4j.images.Image;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CutoutTest {
  private static final double[] ELLIPSE = Drawings.alpha(21.3, 25.7);

  /** Red, yellow of full red and green, pale grey, and white artwork as it is usual. */
  @ParameterizedTest
  @CsvSource({"200,30,40", "255,220,60", "225,232,237", "245,248,250", "20,20,20"})
  void theEdgeOfAPlainShapeIsItsTrueAlphaSoNoRimIsPale(int red, int green, int blue) {
    int[] colour = {red, green, blue};
    Cutout cutout = Cutout.ofWhite(Drawings.onWhite(ELLIPSE, colour));
    Image truth = Drawings.over(ELLIPSE, colour, 0);
    int left = (Drawings.SIZE - cutout.width()) / 2;
    int top = (Drawings.SIZE - cutout.height()) / 2;

    // A white pixel of 8 bits does not tell a twentieth of a pale colour from none of it.
    double unit = 255.0 / (255 - Math.min(red, Math.min(green, blue)));
    Image dark = cutout.over(0, 0, 0);
    double worst = 0;
    for (int i = 0; i < dark.rgb().length; i++) {
      int pixel = i / 3;
      int there = (pixel / cutout.width() + top) * Drawings.SIZE + pixel % cutout.width() + left;
      worst =
          Math.max(
              worst, Math.abs((dark.rgb()[i] & 0xff) - (truth.rgb()[3 * there + i % 3] & 0xff)));
    }
    assertThat(worst).as("largest error over black").isLessThan(4 + 2 * unit);
  }

  @Test
  void overWhiteItGivesTheArtworkAgain() {
    Image artwork = Drawings.onWhite(ELLIPSE, new int[] {240, 120, 10});
    Cutout cutout = Cutout.ofWhite(artwork);
    int left = (Drawings.SIZE - cutout.width()) / 2;
    int top = (Drawings.SIZE - cutout.height()) / 2;
    byte[] again = cutout.over(255, 255, 255).rgb();
    for (int i = 0; i < again.length; i++) {
      int pixel = i / 3;
      int there = (pixel / cutout.width() + top) * Drawings.SIZE + pixel % cutout.width() + left;
      assertThat(again[i] & 0xff).isCloseTo(artwork.rgb()[3 * there + i % 3] & 0xff, within(1));
    }
  }

  @Test
  void whiteInsideAnOutlineStaysOpaque() {
    double[] outer = Drawings.alpha(24, 24);
    double[] inner = Drawings.alpha(21, 21);
    byte[] rgb = Drawings.onWhite(outer, new int[] {90, 90, 110}).rgb();
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) Math.round((rgb[i] & 0xff) * (1 - inner[i / 3]) + 255 * inner[i / 3]);
    }
    Cutout cutout = Cutout.ofWhite(new Image(Drawings.SIZE, Drawings.SIZE, rgb));

    assertThat(cutout.width()).isBetween(47, 49);
    int middle = cutout.width() / 2;
    for (int x = 2; x < cutout.width() - 2; x++) {
      assertThat(cutout.alpha(x, middle)).as("column %s", x).isEqualTo(1);
    }
    assertThat(cutout.over(0, 0, 0).rgb()[3 * (middle * cutout.width() + middle)] & 0xff)
        .isEqualTo(255);
  }

  @Test
  void itIsTrimmedToWhatCanBeSeen() {
    byte[] rgb = new byte[3 * 20 * 10];
    Arrays.fill(rgb, (byte) 255);
    for (int y = 2; y < 7; y++) {
      for (int x = 4; x < 15; x++) {
        rgb[3 * (y * 20 + x)] = 0;
      }
    }
    Cutout cutout = Cutout.ofWhite(new Image(20, 10, rgb));
    assertThat(cutout.width()).isEqualTo(11);
    assertThat(cutout.height()).isEqualTo(5);
    assertThat(cutout.area()).isEqualTo(55);
  }

  @Test
  void allWhiteIsRefused() {
    byte[] rgb = new byte[3 * 16];
    Arrays.fill(rgb, (byte) 255);
    assertThatThrownBy(() -> Cutout.ofWhite(new Image(4, 4, rgb)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("white all over");
  }
}
