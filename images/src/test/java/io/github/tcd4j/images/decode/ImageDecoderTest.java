package io.github.tcd4j.images.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.images.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Against the files and pixels that {@code oracle/make_image_fixtures.py} made by Pillow. */
class ImageDecoderTest {
  private static final JsonNode FIXTURES = fixtures();

  private static JsonNode fixtures() {
    try (InputStream in = ImageDecoderTest.class.getResourceAsStream("/decode/images.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(String name, String field) {
    return Base64.getDecoder().decode(FIXTURES.get(name).get(field).asText());
  }

  static List<String> whole() {
    return names(false);
  }

  static List<String> broken() {
    return names(true);
  }

  private static List<String> names(boolean broken) {
    return FIXTURES.properties().stream()
        .map(Map.Entry::getKey)
        .filter(name -> name.startsWith("broken-") == broken)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("whole")
  void thePixelsAreThoseThatPillowShows(String name) throws IOException {
    Image image = ImageDecoder.decode(bytes(name, "file"));
    byte[] expected = bytes(name, "rgb");

    assertThat(image.width()).isEqualTo(FIXTURES.get(name).get("width").asInt());
    assertThat(image.height()).isEqualTo(FIXTURES.get(name).get("height").asInt());
    int worst = 0;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs((image.rgb()[i] & 255) - (expected[i] & 255)));
    }
    assertThat(worst).isLessThanOrEqualTo(tolerance(name));
  }

  /**
   * Java versions have libjpegs of their own; TwelveMonkeys enlarges the colours of WebP plainly.
   */
  private static int tolerance(String name) {
    return name.startsWith("lossy") ? 20 : name.endsWith(".jpg") ? 2 : 0;
  }

  /** As Pillow's convert("RGB"): the stored colour, and no turning by what EXIF says. */
  @Test
  void asStoredATransparentPixelKeepsItsColourAndNothingIsTurned() throws Exception {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    BufferedImage clear = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
    clear.setRGB(0, 0, 0x00102030);
    ImageIO.write(clear, "png", png);
    assertThat(ImageDecoder.decode(png.toByteArray(), Reading.AS_STORED).rgb())
        .containsExactly(0x10, 0x20, 0x30);
    assertThat(ImageDecoder.decode(png.toByteArray()).rgb()).containsOnly(-1);
    Image seen = ImageDecoder.decode(bytes("orientation-6.jpg", "file"));
    Image stored = ImageDecoder.decode(bytes("orientation-6.jpg", "file"), Reading.AS_STORED);
    assertThat(stored.width()).isEqualTo(seen.height()).isNotEqualTo(seen.width());
  }

  @ParameterizedTest
  @MethodSource("broken")
  void whatIsDamagedIsAnErrorThatSaysHow(String name) {
    assertThatThrownBy(() -> ImageDecoder.decode(bytes(name, "file")))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageMatching("(it|its|the file|the checksum) .{6,}");
  }

  @ParameterizedTest
  @CsvSource({
    "broken-half-RGB.png, the file ends inside its IDAT chunk",
    "broken-no-end.jpg, the file ends before its end marker",
    "broken-checksum.png, the checksum of its IDAT chunk is wrong",
    "broken-few-rows.png, its data end before the last row",
    "broken-html.jpg, it is an SVG or an HTML page",
    "broken-empty.png, the file is empty",
    "broken-bomb.png, it declares 60000x60000 pixels",
  })
  void theMessageNamesTheFault(String name, String message) {
    assertThatThrownBy(() -> ImageDecoder.decode(bytes(name, "file")))
        .hasMessageStartingWith(message);
  }

  /** The first bytes in ISO 8859-1, as each format begins. */
  @ParameterizedTest
  @CsvSource({
    "'GIF89a\u0001\u0000', a GIF",
    "'BM\u0036\u0000\u0000\u0000', a BMP",
    "'II*\u0000\b\u0000', a TIFF",
    "'MM\u0000*\u0000\u0000', a TIFF",
    "'\u0000\u0000\u0000\u0020ftypavif', an AVIF",
    "'\u0000\u0000\u0000\u0018ftypheic', a HEIC or a video",
    "'\u00ff\n\u0000\u0000', a JPEG XL",
    "'\u0000\u0000\u0000\fJXL \r\n', a JPEG XL",
    "'<svg xmlns=', an SVG or an HTML page",
    "'notes', no image",
  })
  void anotherFormatIsRefusedByItsName(String start, String name) {
    byte[] file = start.getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> ImageDecoder.decode(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessage("it is " + name + ", but PNG, JPEG and WebP are read");
  }

  /** A baseline file whose frame says that it is coded otherwise. */
  @ParameterizedTest
  @CsvSource({
    "0xC9, 8, its arithmetic coding is not read",
    "0xC3, 8, its lossless coding is not read",
    "0xC1, 12, it has 12 bits per sample but 8 are read",
  })
  void aCodingOfJpegThatIsNotReadIsNamed(String frame, byte bits, String message) {
    byte[] file = bytes("444.jpg", "file");
    for (int i = 2; ; i += 2 + ((file[i + 2] & 255) << 8) + (file[i + 3] & 255)) {
      if (file[i + 1] == (byte) 0xC0) {
        file[i + 1] = Integer.decode(frame).byteValue();
        file[i + 4] = bits;
        break;
      }
    }

    assertThatThrownBy(() -> ImageDecoder.decode(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessage(message);
  }

  @Test
  void anAnimatedWebpIsRefused() {
    byte[] file =
        "RIFF\u0014\0\0\0WEBPANMF\u0008\0\0\0 frame  ".getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> ImageDecoder.decode(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessage("it is animated, which is not read");
  }

  static Stream<String> kinds() {
    return Stream.of(
        "RGB.png",
        "palette-4.png",
        "420.jpg",
        "progressive.jpg",
        "orientation-6.jpg",
        "lossless.webp",
        "lossy-alpha.webp");
  }

  /** What lies behind the last byte that matters is the padding of the last chunk. */
  @ParameterizedTest
  @MethodSource("kinds")
  void noFileThatIsCutOffAnywhereIsAnImage(String name) {
    byte[] file = bytes(name, "file");
    for (int length = 0; length < file.length - 1; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThatThrownBy(() -> ImageDecoder.decode(cut))
          .as("%s bytes of %s", length, file.length)
          .isInstanceOf(ImageFormatException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void noDamagedByteIsAnotherErrorThanThatOfADamagedFile(String name) {
    byte[] file = bytes(name, "file");
    Random random = new Random(1);
    for (int i = 0; i < 300; i++) {
      byte[] damaged = file.clone();
      damaged[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        ImageDecoder.decode(damaged);
      } catch (ImageFormatException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }

  @Test
  void sixteenBitGreyIsScaledAndNotCutOff() throws IOException {
    Image image = ImageDecoder.decode(TinyPng.grey16(0, 255, 256, 32768, 65535));

    assertThat(image.rgb()).containsExactly(TinyPng.grey(0, 1, 1, 128, 255));
  }
}
