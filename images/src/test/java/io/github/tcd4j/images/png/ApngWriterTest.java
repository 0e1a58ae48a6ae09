package io.github.tcd4j.images.png;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class ApngWriterTest {
  private static Image frame(int value) {
    byte[] rgb = new byte[3 * 5 * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (value * 31 + 7 * i);
    }
    return new Image(5, 3, rgb);
  }

  private record Chunk(String type, byte[] data) {}

  private static List<Chunk> chunks(byte[] png) throws IOException {
    List<Chunk> chunks = new ArrayList<>();
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(png, 8, png.length - 8));
    while (in.available() > 0) {
      byte[] data = new byte[in.readInt()];
      byte[] type = in.readNBytes(4);
      in.readFully(data);
      CRC32 crc = new CRC32();
      crc.update(type);
      crc.update(data);
      assertThat(in.readInt()).isEqualTo((int) crc.getValue());
      chunks.add(new Chunk(new String(type, StandardCharsets.ISO_8859_1), data));
    }
    return chunks;
  }

  @Test
  void chunksHaveTheOrderAndNumbersOfTheStandard() throws IOException {
    byte[] png = ApngWriter.encode(List.of(frame(0), frame(1), frame(2)), 8, Map.of("k", "v"));

    List<Chunk> chunks = chunks(png);

    assertThat(chunks.stream().map(Chunk::type))
        .containsExactly(
            "IHDR", "iTXt", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND");
    ByteBuffer control = ByteBuffer.wrap(chunks.get(2).data());
    assertThat(control.getInt()).isEqualTo(3);
    assertThat(control.getInt()).isZero();
    int sequence = 0;
    for (Chunk chunk : chunks) {
      if (chunk.type().equals("fcTL") || chunk.type().equals("fdAT")) {
        assertThat(ByteBuffer.wrap(chunk.data()).getInt()).isEqualTo(sequence++);
      }
    }
    // Number, 5 x 3 at 0, 0, for 1/8 of a second, not disposed, not blended.
    assertThat(chunks.get(5).data())
        .containsExactly(
            0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 0);
  }

  @Test
  void everyFrameIsThatOfAPictureAlone() throws IOException {
    List<Image> frames = List.of(frame(4), frame(5));
    List<Chunk> chunks = chunks(ApngWriter.encode(frames, 8, Map.of()));
    List<Chunk> second = chunks(PngWriter.encode(frames.get(1), Map.of()));

    byte[] data = chunks.stream().filter(c -> c.type().equals("fdAT")).findFirst().get().data();
    byte[] alone = second.stream().filter(c -> c.type().equals("IDAT")).findFirst().get().data();

    assertThat(Arrays.copyOfRange(data, 4, data.length)).isEqualTo(alone);
  }

  @Test
  void readersOfPicturesSeeTheFirstFrameAndTheTexts() throws IOException {
    byte[] png = ApngWriter.encode(List.of(frame(1), frame(2)), 8, Map.of("tcd4j", "{}"));

    assertThat(ImageDecoder.decode(png).rgb()).isEqualTo(frame(1).rgb());
    assertThat(PngMetadata.read(Path.of("x.png"), png).settings()).isEqualTo("{}");
  }

  @Test
  void framesOfTwoSizesAreRefused() {
    Image other = new Image(1, 1, new byte[3]);

    assertThatThrownBy(() -> ApngWriter.encode(List.of(frame(0), other), 8, Map.of()))
        .hasMessageContaining("one size");
    assertThatThrownBy(() -> ApngWriter.encode(List.of(), 8, Map.of()))
        .hasMessageContaining("frames");
  }
}
