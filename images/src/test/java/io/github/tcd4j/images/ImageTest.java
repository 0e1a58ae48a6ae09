package io.github.tcd4j.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class ImageTest {
  @Test
  void aBufferedImageHasThePixelsInTheirPlaces() {
    byte[] rgb = new byte[3 * 3 * 2];
    rgb[0] = (byte) 255;
    rgb[3 * 4 + 1] = (byte) 128;
    rgb[3 * 5 + 2] = 7;
    BufferedImage image = new Image(3, 2, rgb).toBufferedImage();

    assertThat(image.getRGB(0, 0)).isEqualTo(0xffff0000);
    assertThat(image.getRGB(1, 1)).isEqualTo(0xff008000);
    assertThat(image.getRGB(2, 1)).isEqualTo(0xff000007);
    assertThat(image.getWidth()).isEqualTo(3);
  }
}
