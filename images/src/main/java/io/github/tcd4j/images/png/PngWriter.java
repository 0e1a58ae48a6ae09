package io.github.tcd4j.images.png;

import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.files.FileException;
import io.github.tcd4j.images.Image;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes 8-bit RGB pictures as PNG (ISO 15948) with texts in iTXt chunks. The same picture and
 * texts give the same bytes.
 */
public final class PngWriter {
  static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  private PngWriter() {}

  /**
   * Writes {@code file} so that it appears whole or not at all.
   *
   * @param texts by keyword, which is Latin of 1 to 79 characters
   * @throws PngException if that fails; what was there before still is
   */
  public static void write(Path file, Image image, Map<String, String> texts) {
    try {
      AtomicFile.write(file, encode(image, texts));
    } catch (FileException e) {
      throw new PngException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Writes {@code file} as {@link #write}, unless something has that name, which is left as it is.
   *
   * @return whether it was written; false if the name is taken
   */
  public static boolean writeNew(Path file, Image image, Map<String, String> texts) {
    try {
      return AtomicFile.writeNew(file, encode(image, texts));
    } catch (FileException e) {
      throw new PngException(String.valueOf(e.getMessage()), e);
    }
  }

  /** The bytes of the file. */
  public static byte[] encode(Image image, Map<String, String> texts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.write(SIGNATURE);
      chunk(out, "IHDR", header(image));
      for (Map.Entry<String, String> text : texts.entrySet()) {
        chunk(out, "iTXt", text(text.getKey(), text.getValue()));
      }
      chunk(out, "IDAT", data(image));
      chunk(out, "IEND", new byte[0]);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot be written to", e);
    }
    return bytes.toByteArray();
  }

  static byte[] header(Image image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(image.width());
    out.writeInt(image.height());
    // 8 bits, RGB, deflate, adaptive filters, not interlaced.
    out.write(new byte[] {8, 2, 0, 0, 0});
    return bytes.toByteArray();
  }

  /** Keyword, not compressed, no language, no translation, text. */
  static byte[] text(String keyword, String text) throws IOException {
    if (!keyword.matches("[!-~]{1,79}")) {
      throw new IllegalArgumentException(
          "a PNG keyword must have 1 to 79 printable ASCII characters but was " + keyword);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(keyword.getBytes(StandardCharsets.ISO_8859_1));
    bytes.write(new byte[5]);
    // A NUL would end the text for some readers.
    bytes.write(text.replace("\0", "").getBytes(StandardCharsets.UTF_8));
    return bytes.toByteArray();
  }

  static byte[] data(Image image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    try (DeflaterOutputStream out = new DeflaterOutputStream(bytes, deflater)) {
      int stride = 3 * image.width();
      byte[] above = new byte[stride];
      for (int y = 0; y < image.height(); y++) {
        byte[] row = java.util.Arrays.copyOfRange(image.rgb(), y * stride, (y + 1) * stride);
        out.write(PngFilter.best(row, above));
        above = row;
      }
    } finally {
      deflater.end();
    }
    return bytes.toByteArray();
  }

  static void chunk(DataOutputStream out, String type, byte[] data) throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    out.writeInt(data.length);
    out.write(name);
    out.write(data);
    out.writeInt((int) crc.getValue());
  }
}
