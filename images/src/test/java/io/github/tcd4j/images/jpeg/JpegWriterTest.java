package io.github.tcd4j.images.jpeg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import org.junit.jupiter.api.Test;

class JpegWriterTest {
  private static Image ramp() {
    byte[] rgb = new byte[3 * 33 * 17];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (4 * (i / 3 % 33) + 20 * (i % 3));
    }
    return new Image(33, 17, rgb);
  }

  @Test
  void whatIsWrittenIsReadAgainWithinTheLossOfItsQuality() throws Exception {
    Image read = ImageDecoder.decode(JpegWriter.encode(ramp(), 1));
    assertThat(read.width()).isEqualTo(33);
    assertThat(read.height()).isEqualTo(17);
    int most = 0;
    for (int i = 0; i < read.rgb().length; i++) {
      most = Math.max(most, Math.abs((read.rgb()[i] & 255) - (ramp().rgb()[i] & 255)));
    }
    assertThat(most).isLessThan(20);
    assertThat(JpegWriter.encode(ramp(), 0.3).length)
        .isLessThan(JpegWriter.encode(ramp(), 1).length);
    assertThat(JpegWriter.encode(ramp(), 0.5)).isEqualTo(JpegWriter.encode(ramp(), 0.5));
  }

  @Test
  void aQualityOutsideIsRefused() {
    assertThatThrownBy(() -> JpegWriter.encode(ramp(), 1.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("quality must be in [0, 1] but was 1.5");
  }
}
