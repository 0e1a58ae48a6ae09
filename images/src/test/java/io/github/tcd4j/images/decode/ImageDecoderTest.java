package io.github.tcd4j.images.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.images.Image;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
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
