package io.github.tcd4j.images.decode;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of a PNG that its pixels depend on; APNG's later frames and all else are skipped.
 *
 * @param header IHDR
 * @param palette PLTE, or empty
 * @param transparency tRNS, or empty
 * @param exif eXIf, or null
 * @param data all IDAT, one after the other
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PngChunks(
    byte[] header, byte[] palette, byte[] transparency, byte @Nullable [] exif, byte[] data) {
  private static final int OVERHEAD = 12;
  private static final int HEADER_BYTES = 13;

  /**
   * Reads up to IEND; what follows it is of no account.
   *
   * @throws ImageFormatException if the file ends before, or a checksum is wrong
   */
  static PngChunks read(byte[] file, int start) throws ImageFormatException {
    Bytes bytes = new Bytes(file, true);
    byte[] header = {};
    byte[] palette = {};
    byte[] transparency = {};
    byte[] exif = null;
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    int at = start;
    String type = "";
    while (!type.equals("IEND")) {
      if (at + OVERHEAD > file.length) {
        throw new ImageFormatException("the file ends before its IEND chunk");
      }
      long length = bytes.u32(at);
      type = new String(file, at + 4, 4, StandardCharsets.ISO_8859_1);
      if (at + OVERHEAD + length > file.length) {
        throw new ImageFormatException("the file ends inside its " + type + " chunk");
      }
      int n = (int) length;
      byte[] body = Arrays.copyOfRange(file, at + 8, at + 8 + n);
      requireChecksum(file, at, n, type);
      switch (type) {
        case "IHDR" -> header = body;
        case "PLTE" -> palette = body;
        case "tRNS" -> transparency = body;
        case "eXIf" -> exif = body;
        case "IDAT" -> data.writeBytes(body);
        default -> {}
      }
      at += OVERHEAD + n;
    }
    if (header.length != HEADER_BYTES) {
      throw new ImageFormatException("it has no header");
    }
    return new PngChunks(header, palette, transparency, exif, data.toByteArray());
  }

  private static void requireChecksum(byte[] file, int at, int length, String type)
      throws ImageFormatException {
    CRC32 crc = new CRC32();
    crc.update(file, at + 4, length + 4);
    boolean critical = Character.isUpperCase(type.charAt(0));
    if (critical && crc.getValue() != new Bytes(file, true).u32(at + 8 + length)) {
      throw new ImageFormatException("the checksum of its " + type + " chunk is wrong");
    }
  }
}
