package io.github.tcd4j.images.gif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.images.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import org.junit.jupiter.api.Test;

class GifWriterTest {
  /** A gradient in all three channels that moves from frame to frame. */
  private static Image gradient(int shift) {
    byte[] rgb = new byte[3 * 64 * 48];
    for (int y = 0; y < 48; y++) {
      for (int x = 0; x < 64; x++) {
        int at = 3 * (y * 64 + x);
        rgb[at] = (byte) (4 * x);
        rgb[at + 1] = (byte) (5 * y);
        rgb[at + 2] = (byte) (2 * (x + y) + 10 * shift);
      }
    }
    return new Image(64, 48, rgb);
  }

  /** Fewer than 256 colours in all frames together. */
  private static Image flat(int shift) {
    byte[] rgb = new byte[3 * 8 * 4];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i % 3 == shift % 3 ? 40 * shift + i / 12 : 255);
    }
    return new Image(8, 4, rgb);
  }

  private static List<Image> read(byte[] gif) throws IOException {
    ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
    reader.setInput(ImageIO.createImageInputStream(new ByteArrayInputStream(gif)));
    List<Image> frames = new ArrayList<>();
    for (int i = 0; i < reader.getNumImages(true); i++) {
      BufferedImage frame = reader.read(i);
      byte[] rgb = new byte[3 * frame.getWidth() * frame.getHeight()];
      for (int p = 0; p < rgb.length / 3; p++) {
        int colour = frame.getRGB(p % frame.getWidth(), p / frame.getWidth());
        rgb[3 * p] = (byte) (colour >> 16);
        rgb[3 * p + 1] = (byte) (colour >> 8);
        rgb[3 * p + 2] = (byte) colour;
      }
      frames.add(new Image(frame.getWidth(), frame.getHeight(), rgb));
    }
    return frames;
  }

  @Test
  void framesOfFewColoursComeBackExactly() throws IOException {
    List<Image> frames = IntStream.range(0, 5).mapToObj(GifWriterTest::flat).toList();

    List<Image> read = read(GifWriter.encode(frames, 8, "x"));

    assertThat(read).hasSize(5);
    for (int i = 0; i < 5; i++) {
      assertThat(read.get(i).rgb()).isEqualTo(frames.get(i).rgb());
    }
  }

  @Test
  void framesOfManyColoursComeBackNearly() throws IOException {
    List<Image> frames = IntStream.range(0, 4).mapToObj(GifWriterTest::gradient).toList();

    List<Image> read = read(GifWriter.encode(frames, 8, ""));

    for (int i = 0; i < 4; i++) {
      double sum = 0;
      double squares = 0;
      byte[] a = frames.get(i).rgb();
      byte[] b = read.get(i).rgb();
      for (int k = 0; k < a.length; k++) {
        int difference = (a[k] & 255) - (b[k] & 255);
        sum += difference;
        squares += difference * difference;
      }
      // Errors are spread, so that their mean is far smaller than they are.
      assertThat(Math.sqrt(squares / a.length)).isLessThan(16);
      assertThat(Math.abs(sum / a.length)).isLessThan(1.5);
    }
  }

  @Test
  void theCommentComesBackOfAnyLength() {
    String comment = "{\"a\": \"" + "0123456789".repeat(100) + "\"}";
    byte[] gif = GifWriter.encode(List.of(gradient(0), gradient(1)), 8, comment);

    assertThat(GifComment.read("x.gif", gif)).isEqualTo(comment);
    assertThat(GifComment.read("x.gif", GifWriter.encode(List.of(flat(0)), 8, ""))).isEmpty();
  }

  @Test
  void delaysAddUpToTheTimeOfAllFrames() {
    assertThat(IntStream.range(0, 8).map(i -> GifWriter.delay(i, 8)).sum()).isEqualTo(100);
    assertThat(IntStream.range(0, 8).map(i -> GifWriter.delay(i, 8)).distinct().sorted().toArray())
        .containsExactly(12, 13);
    assertThat(GifWriter.delay(0, 10)).isEqualTo(10);
  }

  @Test
  void itIsPlayedForEverWithTheDelayOfEachFrame() {
    byte[] gif = GifWriter.encode(List.of(flat(0), flat(1)), 10, "");

    // NETSCAPE2.0, a block of 3 bytes: 1, and 0 for ever.
    assertThat(indexOf(gif, "NETSCAPE2.0", 3, 1, 0, 0, 0)).isPositive();
    // A graphic control extension: do not dispose, 10 hundredths.
    assertThat(indexOf(gif, "!", 0xf9, 4, 4, 10, 0, 0, 0)).isPositive();
  }

  private static int indexOf(byte[] bytes, String text, int... more) {
    byte[] wanted =
        Arrays.copyOf(
            text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1),
            text.length() + more.length);
    for (int i = 0; i < more.length; i++) {
      wanted[text.length() + i] = (byte) more[i];
    }
    for (int i = 0; i + wanted.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
        return i;
      }
    }
    return -1;
  }

  @Test
  void theSameFramesGiveTheSameBytes() {
    List<Image> frames = List.of(gradient(0), gradient(1));

    assertThat(GifWriter.encode(frames, 8, "x")).isEqualTo(GifWriter.encode(frames, 8, "x"));
  }

  @Test
  void whatCannotBeWrittenIsRefused() {
    assertThatThrownBy(() -> GifWriter.encode(List.of(), 8, "")).hasMessageContaining("frames");
    assertThatThrownBy(() -> GifWriter.encode(List.of(flat(0)), 51, "")).hasMessageContaining("51");
    assertThatThrownBy(() -> GifWriter.encode(List.of(flat(0)), 8, "æ"))
        .hasMessageContaining("ASCII");
  }

  @Test
  void aFileThatIsNoGifOrEndsTooSoonIsNamed() {
    byte[] gif = GifWriter.encode(List.of(flat(0)), 8, "");

    assertThatThrownBy(() -> GifComment.read("x.gif", new byte[] {1, 2, 3}))
        .hasMessage("x.gif is not a GIF file");
    for (int end = 6; end < gif.length - 1; end += 5) {
      byte[] part = Arrays.copyOf(gif, end);
      assertThatThrownBy(() -> GifComment.read("x.gif", part)).hasMessageContaining("cut off");
    }
  }
}
