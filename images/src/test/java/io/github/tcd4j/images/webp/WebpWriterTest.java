package io.github.tcd4j.images.webp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The files in {@code webp/} are what this writer makes; {@code oracle/check_webp.py} decodes them
 * by libwebp and finds every pixel, time and text.
 */
class WebpWriterTest {
  private static final Path FILES = Path.of("src/test/resources/webp");

  /** The pictures of the script. */
  private static Image frame(String kind, int width, int height, int f) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      int c = i % 3;
      int x = i / 3 % width;
      int y = i / 3 / width;
      int level =
          switch (kind) {
            case "noise" -> (x * 73 + y * 151 + c * 199 + f * 53) * 0x9E3779B1 >>> 24;
            case "smooth" -> 3 * x + 2 * y + 40 * c + 10 * f;
            case "rings" -> (x * x + y * y + 9 * f) / 16 + 5 * c;
            case "blocks" -> (x / 7 + y / 5 * 3 + c + f) * 37;
            // A square on one colour, that moves and stays.
            default -> x / 8 == f / 2 + 1 && y / 8 == 1 ? 60 * c + 40 : 250;
          };
      rgb[i] = (byte) level;
    }
    return new Image(width, height, rgb);
  }

  private static List<Image> frames(String kind, int width, int height, int count) {
    List<Image> frames = new ArrayList<>();
    for (int f = 0; f < count; f++) {
      frames.add(frame(kind, width, height, f));
    }
    return frames;
  }

  private record Chunk(String type, ByteBuffer data) {}

  private static List<Chunk> chunks(ByteBuffer bytes) {
    List<Chunk> chunks = new ArrayList<>();
    ByteBuffer in = bytes.order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      byte[] type = new byte[4];
      in.get(type);
      int length = in.getInt();
      ByteBuffer data = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
      chunks.add(new Chunk(new String(type, StandardCharsets.ISO_8859_1), data));
      in.position(in.position() + length + length % 2);
    }
    return chunks;
  }

  private static List<Chunk> of(byte[] file) {
    Chunk riff = chunks(ByteBuffer.wrap(file)).get(0);
    assertThat(riff.type()).isEqualTo("RIFF");
    riff.data().getInt();
    return chunks(riff.data().slice());
  }

  private static int three(ByteBuffer in) {
    return in.get() & 255 | (in.get() & 255) << 8 | (in.get() & 255) << 16;
  }

  /** What a player shows, by another decoder. */
  private static List<byte[]> played(byte[] file, int width, int height) throws IOException {
    byte[] canvas = new byte[3 * width * height];
    List<byte[]> shown = new ArrayList<>();
    for (Chunk chunk : of(file)) {
      if (!chunk.type().equals("ANMF")) {
        continue;
      }
      ByteBuffer in = chunk.data();
      int left = 2 * three(in);
      int top = 2 * three(in);
      int w = three(in) + 1;
      int h = three(in) + 1;
      three(in);
      assertThat(in.get()).as("replaces what was there and is left").isEqualTo((byte) 2);
      ByteArrayOutputStream still = new ByteArrayOutputStream();
      still.writeBytes("RIFF".getBytes(StandardCharsets.ISO_8859_1));
      byte[] rest = new byte[in.remaining()];
      in.get(rest);
      still.writeBytes(
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(rest.length + 4).array());
      still.writeBytes("WEBP".getBytes(StandardCharsets.ISO_8859_1));
      still.writeBytes(rest);
      Image image = ImageDecoder.decode(still.toByteArray());
      assertThat(image.width()).isEqualTo(w);
      for (int y = 0; y < h; y++) {
        System.arraycopy(image.rgb(), 3 * y * w, canvas, 3 * ((top + y) * width + left), 3 * w);
      }
      shown.add(canvas.clone());
    }
    return shown;
  }

  @ParameterizedTest
  @CsvSource({
    "noise, 1, 1, 2",
    "noise, 2, 3, 3",
    "noise, 65, 40, 2",
    "smooth, 17, 16, 3",
    "smooth, 300, 70, 2",
    "rings, 90, 61, 4",
    "blocks, 50, 33, 3",
    "square, 64, 40, 8",
    "square, 1, 300, 1",
    "square, 9000, 1, 2"
  })
  void everyPixelOfEveryFrameIsKept(String kind, int width, int height, int count)
      throws IOException {
    List<Image> frames = frames(kind, width, height, count);

    List<byte[]> shown = played(WebpWriter.encode(frames, 8, Map.of()), width, height);

    assertThat(shown).hasSize(count);
    for (int f = 0; f < count; f++) {
      assertThat(shown.get(f)).as("frame " + f).isEqualTo(frames.get(f).rgb());
    }
  }

  /** Fibonacci's numbers make the longest codes: of 30 symbols 29 bits, where 15 are allowed. */
  @Test
  void codesAreNeverLongerThanAReaderKnows() {
    int[] counts = new int[30];
    counts[0] = 1;
    counts[1] = 1;
    for (int i = 2; i < counts.length; i++) {
      counts[i] = counts[i - 1] + counts[i - 2];
    }

    PrefixCode code = PrefixCode.of(counts);

    assertThat(Arrays.stream(code.lengths()).max()).hasValue(15);
    double whole = Arrays.stream(code.lengths()).mapToDouble(l -> Math.pow(2, -l)).sum();
    assertThat(whole).as("no bit pattern is left over").isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "noise, 21, 15, 3, 8",
    "rings, 40, 30, 3, 30",
    "blocks, 50, 33, 3, 12",
    "square, 64, 40, 8, 7"
  })
  void filesAreThoseThatLibwebpReads(String kind, int width, int height, int count, int perSecond)
      throws IOException {
    Map<String, String> texts = Map.of("tcd4j", "{\"prompt\":\"<猫> & \\\"🐈\\\"\"}");
    byte[] file = WebpWriter.encode(frames(kind, width, height, count), perSecond, texts);
    Path stored =
        FILES.resolve(
            String.join("-", kind, width + "x" + height, count + "at" + perSecond) + ".webp");
    if (Boolean.getBoolean("tcd4j.webp")) {
      Files.createDirectories(FILES);
      Files.write(stored, file);
    }

    assertThat(file).isEqualTo(Files.readAllBytes(stored));
  }

  @Test
  void chunksHaveTheOrderAndNumbersOfTheStandard() {
    byte[] file = WebpWriter.encode(frames("square", 64, 40, 4), 30, Map.of("k", "v"));

    List<Chunk> chunks = of(file);
    assertThat(chunks.stream().map(Chunk::type))
        .containsExactly("VP8X", "ANIM", "ANMF", "ANMF", "ANMF", "ANMF", "XMP ");
    ByteBuffer header = chunks.get(0).data();
    assertThat(header.getInt()).as("animated, with XMP").isEqualTo(2 | 4);
    assertThat(three(header)).isEqualTo(63);
    assertThat(three(header)).isEqualTo(39);
    ByteBuffer animation = chunks.get(1).data();
    animation.getInt();
    assertThat(animation.getShort()).as("for ever").isZero();
    List<Integer> times = new ArrayList<>();
    List<Integer> widths = new ArrayList<>();
    for (Chunk chunk : chunks.subList(2, 6)) {
      ByteBuffer in = chunk.data();
      three(in);
      three(in);
      widths.add(three(in) + 1);
      three(in);
      times.add(three(in));
    }
    assertThat(times).containsExactly(33, 34, 33, 33);
    assertThat(widths).as("only what changed").containsExactly(64, 1, 16, 1);
  }

  @Test
  void textsAreReadBackAsTheyWere() {
    String odd = " <a href=\"x\">&amp; ]]> \r\n\t猫🐈 \u0001\uFFFE' ";
    byte[] file =
        WebpWriter.encode(
            frames("noise", 3, 3, 2), 8, Map.of("parameters", odd, "tcd4j", "{\"a\":1}"));

    Map<String, String> texts = WebpTexts.read("x", file);

    assertThat(texts)
        .containsEntry("tcd4j", "{\"a\":1}")
        .containsEntry("parameters", odd.replaceAll("[\u0001\uFFFE]", ""))
        .hasSize(2);
    assertThat(WebpTexts.read("x", WebpWriter.encode(frames("noise", 3, 3, 1), 8, Map.of())))
        .isEmpty();
  }

  @Test
  void corruptedFilesAreRefusedInOneSentence() {
    byte[] file = WebpWriter.encode(frames("noise", 9, 9, 2), 8, Map.of("tcd4j", "{}"));
    assertThatThrownBy(() -> WebpTexts.read("x", new byte[20])).hasMessage("x is not a WebP file");
    for (int n : new int[] {12, 30, file.length - 1}) {
      assertThatThrownBy(() -> WebpTexts.read("x", Arrays.copyOf(file, n)))
          .as("first " + n)
          .isInstanceOf(WebpException.class)
          .hasMessageContaining("was cut off");
    }
    byte[] changed = file.clone();
    changed[file.length - 40] = '<';
    assertThatThrownBy(() -> WebpTexts.read("x", changed))
        .isInstanceOf(WebpException.class)
        .hasMessageContaining("XMP that cannot be read")
        .message()
        .doesNotContain("\n");
    for (int seed = 0; seed < 300; seed++) {
      java.util.Random random = new java.util.Random(seed);
      byte[] mutant = file.clone();
      for (int i = 0; i < 3; i++) {
        mutant[12 + random.nextInt(file.length - 12)] = (byte) random.nextInt();
      }
      try {
        WebpTexts.read("x", mutant);
      } catch (WebpException e) {
        assertThat(e).hasMessageStartingWith("x ");
      }
    }
  }

  @Test
  void whatIsNoAnimationIsRefused() {
    List<Image> two = List.of(frame("noise", 2, 2, 0), frame("noise", 3, 2, 0));
    assertThatThrownBy(() -> WebpWriter.encode(two, 8, Map.of())).hasMessageContaining("one size");
    assertThatThrownBy(() -> WebpWriter.encode(List.of(), 8, Map.of()))
        .hasMessageContaining("needs frames");
    assertThatThrownBy(() -> WebpWriter.encode(two.subList(0, 1), 1001, Map.of()))
        .hasMessageContaining("1 to 1000");
    assertThatThrownBy(
            () -> WebpWriter.encode(List.of(new Image(16385, 1, new byte[49155])), 8, Map.of()))
        .hasMessageContaining("at most 16384");
  }
}
