package io.github.tcd4j.images.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.images.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class DeclaredPixelsTest {
  private static byte[] file(int type, String format, int... argb) throws IOException {
    BufferedImage image = new BufferedImage(argb.length, 2, type);
    for (int x = 0; x < argb.length; x++) {
      image.setRGB(x, 0, argb[x]);
      image.setRGB(x, 1, argb[x]);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }

  @Test
  void theHeaderIsReadAndNothingIsDecoded() throws IOException {
    byte[] png = file(BufferedImage.TYPE_INT_RGB, "png", 1, 2, 3);
    byte[] jpeg = file(BufferedImage.TYPE_INT_RGB, "jpeg", 1, 2, 3, 4);
    assertThat(ImageDecoder.declaredPixels(png)).isEqualTo(6);
    assertThat(ImageDecoder.declaredPixels(jpeg)).isEqualTo(8);
    assertThatThrownBy(() -> ImageDecoder.declaredPixels("GIF89a".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("a GIF");
    assertThatThrownBy(() -> ImageDecoder.declaredPixels(new byte[0]))
        .isInstanceOf(ImageFormatException.class);
  }

  @Test
  void whereAPngIsTransparentItsTransparencyIsWhite() throws IOException {
    byte[] png = file(BufferedImage.TYPE_INT_ARGB, "png", 0xff112233, 0x80112233, 0x00112233);
    Image clear = ImageDecoder.transparency(png);

    assertThat(clear.rgb()).startsWith(0, 0, 0, 127, 127, 127, 255, 255, 255);
    assertThat(ImageDecoder.decode(png).rgb()).startsWith(0x11, 0x22, 0x33);
  }

  @Test
  void aPictureThatIsOpaqueHasNoTransparency() throws IOException {
    assertThat(ImageDecoder.transparency(file(BufferedImage.TYPE_INT_ARGB, "png", 0xff112233)))
        .isNull();
    assertThat(ImageDecoder.transparency(file(BufferedImage.TYPE_INT_RGB, "png", 1))).isNull();
    assertThat(ImageDecoder.transparency(file(BufferedImage.TYPE_INT_RGB, "jpeg", 1))).isNull();
  }
}
