package io.github.tcd4j.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardWriterTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.ofEpochMilli(1_700_000_000_250L), ZoneOffset.UTC);

  @TempDir Path folder;

  private static Path fixture(String name) throws URISyntaxException {
    return Path.of(TensorBoardWriterTest.class.getResource("/events/" + name).toURI());
  }

  private Path onlyFile() throws IOException {
    List<Path> files = files();
    assertThat(files).hasSize(1);
    return files.get(0);
  }

  private List<Path> files() throws IOException {
    try (var list = Files.list(folder)) {
      return list.sorted().toList();
    }
  }

  private static Map<String, Double> figures(Object... pairs) {
    Map<String, Double> figures = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      figures.put((String) pairs[i], (Double) pairs[i + 1]);
    }
    return figures;
  }

  @Test
  void theBytesAreThoseOfTensorBoardsOwnClasses() throws IOException, URISyntaxException {
    TensorBoardWriter writer = TensorBoardWriter.create(folder, 1, CLOCK);
    writer.scalars(1, figures("loss", 0.5, "rate", 1e-3));
    writer.scalars(2, figures("loss", 0.25, "rate", 0.0));
    writer.image(2, "sample", Files.readAllBytes(fixture("picture.png")));
    writer.scalars(3, figures("loss", -7.5, "rate", 2e-3));
    assertThat(onlyFile()).hasSameBinaryContentAs(fixture("first.tfevents"));
  }

  @Test
  void aResumedRunBeginsAFileThatReplacesTheStepsAfterIt() throws IOException, URISyntaxException {
    TensorBoardWriter.create(folder, 1, CLOCK);
    TensorBoardWriter writer = TensorBoardWriter.create(folder, 3, CLOCK);
    writer.scalars(3, figures("loss", 0.125));
    writer.scalars(4, figures("loss", Double.POSITIVE_INFINITY));
    assertThat(files())
        .extracting(p -> p.getFileName().toString())
        .containsExactly(
            "events.out.tfevents.1700000000.tcd4j.0", "events.out.tfevents.1700000000.tcd4j.1");
    assertThat(files().get(1)).hasSameBinaryContentAs(fixture("resumed.tfevents"));
  }

  @Test
  void everyRecordIsReadBackByAnIndependentReader() throws IOException {
    TensorBoardWriter writer = TensorBoardWriter.create(folder, 1, CLOCK);
    for (long step = 1; step <= 300; step++) {
      writer.scalars(step, figures("größe", 1.0 / step, "b", (double) step));
    }
    List<byte[]> events = records(Files.readAllBytes(onlyFile()));
    assertThat(events).hasSize(302);
    byte[] event = events.get(301);
    assertThat(ByteBuffer.wrap(field(event, 1)).order(ByteOrder.LITTLE_ENDIAN).getDouble())
        .isEqualTo(1_700_000_000.25);
    assertThat(varint(field(event, 2))).isEqualTo(300);
    byte[] value = field(field(event, 5), 1);
    assertThat(new String(field(value, 1), StandardCharsets.UTF_8)).isEqualTo("größe");
    assertThat(ByteBuffer.wrap(field(value, 2)).order(ByteOrder.LITTLE_ENDIAN).getFloat())
        .isEqualTo((float) (1.0 / 300));
  }

  @Test
  void whatIsNoPictureIsRefused() throws IOException {
    TensorBoardWriter writer = TensorBoardWriter.create(folder, 1, CLOCK);
    long before = Files.size(onlyFile());
    assertThatThrownBy(() -> writer.image(7, "sample", new byte[] {1, 2, 3}))
        .isInstanceOf(IOException.class)
        .hasMessage("the picture sample of step 7 is no PNG");
    assertThat(Files.size(onlyFile())).isEqualTo(before);
  }

  /** TFRecords by their description, with a CRC taken bit by bit. */
  private static List<byte[]> records(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> records = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] length = new byte[8];
      in.get(length);
      assertThat(in.getInt()).isEqualTo(masked(crc32c(length)));
      long n = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
      byte[] data = new byte[Math.toIntExact(n)];
      in.get(data);
      assertThat(in.getInt()).isEqualTo(masked(crc32c(data)));
      records.add(data);
    }
    return records;
  }

  private static int crc32c(byte[] data) {
    int crc = -1;
    for (byte b : data) {
      crc ^= b & 255;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) == 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82F63B78;
      }
    }
    return ~crc;
  }

  private static int masked(int crc) {
    return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
  }

  /** The bytes of the first field of that number. */
  private static byte[] field(byte[] message, int expected) {
    ByteBuffer in = ByteBuffer.wrap(message);
    while (in.hasRemaining()) {
      long key = varint(in);
      int start = in.position();
      int length =
          switch ((int) (key & 7)) {
            case 0 -> {
              varint(in);
              int end = in.position();
              in.position(start);
              yield end - start;
            }
            case 1 -> 8;
            case 2 -> (int) varint(in);
            case 5 -> 4;
            default -> throw new AssertionError("wire type of " + key);
          };
      byte[] value = new byte[length];
      in.get(value);
      if (key >>> 3 == expected) {
        return value;
      }
    }
    throw new AssertionError("no field " + expected);
  }

  private static long varint(byte[] bytes) {
    return varint(ByteBuffer.wrap(bytes));
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = in.get();
      value |= (b & 127L) << shift;
      if (b >= 0) {
        return value;
      }
    }
  }
}
