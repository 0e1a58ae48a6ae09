package io.github.tcd4j.images.png;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.images.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.NodeList;

class PngTest {
  @TempDir Path folder;

  private static Image noise(int width, int height, long seed) {
    byte[] rgb = new byte[3 * width * height];
    new Random(seed).nextBytes(rgb);
    return new Image(width, height, rgb);
  }

  private static Image gradient(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / 3 % width * 2 + i % 3 * 40 + i / 3 / width);
    }
    return new Image(width, height, rgb);
  }

  private static byte[] decoded(byte[] png) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
    for (int i = 0; i < rgb.length / 3; i++) {
      int pixel = image.getRGB(i % image.getWidth(), i / image.getWidth());
      rgb[3 * i] = (byte) (pixel >> 16);
      rgb[3 * i + 1] = (byte) (pixel >> 8);
      rgb[3 * i + 2] = (byte) pixel;
    }
    return rgb;
  }

  @Test
  void javasOwnReaderSeesTheSamePixels() throws IOException {
    for (Image image :
        List.of(noise(1, 1, 0), noise(7, 3, 1), noise(64, 65, 2), gradient(100, 31))) {
      assertThat(decoded(PngWriter.encode(image, Map.of()))).isEqualTo(image.rgb());
    }
  }

  @Test
  void theFiltersMakeSmoothPicturesSmall() {
    assertThat(PngWriter.encode(gradient(256, 256), Map.of()).length)
        .isLessThan(256 * 256 * 3 / 50);
  }

  @Test
  void textsOfAnyLanguageSurvive() {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("parameters", "красное яблоко\n赤いリンゴ 🍎, ½");
    texts.put("tcd4j", "{\"prompt\": \"𝛾\"}");
    Path file = folder.resolve("a.png");
    PngWriter.write(file, noise(4, 4, 3), texts);
    PngMetadata metadata = PngMetadata.read(file);

    assertThat(metadata.texts()).isEqualTo(texts);
    assertThat(metadata.parameters()).isEqualTo(texts.get("parameters"));
    assertThat(metadata.settings()).isEqualTo(texts.get("tcd4j"));
  }

  @Test
  void javasOwnReaderFindsTheTextsInInternationalChunks() throws IOException {
    byte[] png = PngWriter.encode(noise(2, 2, 4), Map.of("parameters", "リンゴ"));
    ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
    reader.setInput(ImageIO.createImageInputStream(new ByteArrayInputStream(png)));
    var tree = (org.w3c.dom.Element) reader.getImageMetadata(0).getAsTree("javax_imageio_png_1.0");
    NodeList entries = tree.getElementsByTagName("iTXtEntry");

    assertThat(entries.getLength()).isEqualTo(1);
    var entry = (org.w3c.dom.Element) entries.item(0);
    assertThat(entry.getAttribute("keyword")).isEqualTo("parameters");
    assertThat(entry.getAttribute("text")).isEqualTo("リンゴ");
  }

  @Test
  void theSamePictureGivesTheSameBytes() {
    Image image = noise(16, 16, 5);
    Map<String, String> texts = Map.of("a", "b");

    assertThat(PngWriter.encode(image, texts)).isEqualTo(PngWriter.encode(image, texts));
  }

  @Test
  void oldLatinTextsOfOtherProgramsAreReadToo() throws IOException {
    byte[] plain = "parameters\0Höhe, Steps: 20".getBytes(StandardCharsets.ISO_8859_1);
    Path file = folder.resolve("b.png");
    Files.write(file, withChunk("tEXt", plain));
    assertThat(PngMetadata.read(file).parameters()).isEqualTo("Höhe, Steps: 20");

    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    packed.write("parameters\0\0".getBytes(StandardCharsets.ISO_8859_1));
    packed.write(deflated("Steps: 21".getBytes(StandardCharsets.ISO_8859_1)));
    Files.write(file, withChunk("zTXt", packed.toByteArray()));
    assertThat(PngMetadata.read(file).parameters()).isEqualTo("Steps: 21");

    packed.reset();
    packed.write("parameters\0\1\0de\0Werte\0".getBytes(StandardCharsets.ISO_8859_1));
    packed.write(deflated("Höhe 🍎".getBytes(StandardCharsets.UTF_8)));
    Files.write(file, withChunk("iTXt", packed.toByteArray()));
    assertThat(PngMetadata.read(file).parameters()).isEqualTo("Höhe 🍎");
  }

  private static byte[] deflated(byte[] data) {
    Deflater deflater = new Deflater();
    deflater.setInput(data);
    deflater.finish();
    byte[] out = new byte[1000];
    int n = deflater.deflate(out);
    deflater.end();
    return Arrays.copyOf(out, n);
  }

  /** A picture with one more chunk after its header. */
  private static byte[] withChunk(String type, byte[] data) throws IOException {
    byte[] png = PngWriter.encode(noise(2, 2, 6), Map.of());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    int header = 8 + 12 + 13;
    out.write(png, 0, header);
    out.writeInt(data.length);
    out.writeBytes(type);
    out.write(data);
    out.writeInt(0);
    out.write(png, header, png.length - header);
    return bytes.toByteArray();
  }

  @Test
  void aPictureWithoutSettingsSaysSo() throws IOException {
    Path file = folder.resolve("plain.png");
    PngWriter.write(file, noise(2, 2, 7), Map.of());
    assertThatThrownBy(() -> PngMetadata.read(file).settings())
        .isInstanceOf(PngException.class)
        .hasMessage(file + " contains no tcd4j settings to generate it again from");

    PngWriter.write(file, noise(2, 2, 7), Map.of("parameters", "Steps: 20"));
    assertThatThrownBy(() -> PngMetadata.read(file).settings())
        .isInstanceOf(PngException.class)
        .hasMessageContaining("made by another program");
  }

  @Test
  void otherFilesAreNoPng() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "hello, this is text");
    Path empty = Files.createFile(folder.resolve("empty.png"));
    byte[] png = PngWriter.encode(noise(8, 8, 8), Map.of("a", "b".repeat(100)));

    assertThatThrownBy(() -> PngMetadata.read(text)).hasMessage(text + " is not a PNG file");
    assertThatThrownBy(() -> PngMetadata.read(empty)).hasMessage(empty + " is not a PNG file");
    assertThatThrownBy(() -> PngMetadata.read(folder.resolve("none.png")))
        .isInstanceOf(PngException.class)
        .hasMessageEndingWith("none.png does not exist");
    for (int length = 9; length < png.length; length += 13) {
      Path cut = folder.resolve("cut.png");
      Files.write(cut, Arrays.copyOf(png, length));
      assertThatThrownBy(() -> PngMetadata.read(cut))
          .isInstanceOf(PngException.class)
          .hasMessageContaining("cut off");
    }
  }

  @Test
  void aFailedWriteLeavesNothingAndKeepsWhatWasThere() throws IOException {
    Path target = Files.createDirectory(folder.resolve("taken.png"));
    Files.createFile(target.resolve("inside"));

    assertThatThrownBy(() -> PngWriter.write(target, noise(2, 2, 9), Map.of()))
        .isInstanceOf(PngException.class)
        .hasMessageStartingWith("cannot write " + target);
    assertThatThrownBy(
            () -> PngWriter.write(folder.resolve("no/where.png"), noise(2, 2, 9), Map.of()))
        .isInstanceOf(PngException.class)
        .hasMessageContaining("its folder does not exist");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(target);
    }
  }
}
