package io.github.tcd4j.images.decode;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The structure of a WebP file.
 *
 * @param exif the EXIF block, or null
 * @param stream the file with its pixels only: without a profile, which would be applied
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record WebpChunks(byte @Nullable [] exif, byte[] stream) {
  private static final int RIFF_HEADER = 12;
  private static final int CHUNK_HEADER = 8;
  private static final byte ALPHA_FLAG = 0x10;

  static WebpChunks read(byte[] file) throws ImageFormatException {
    Bytes bytes = new Bytes(file, false);
    long end = bytes.u32(4) + 8;
    if (end > file.length) {
      throw new ImageFormatException("the file has " + file.length + " bytes of " + end);
    }
    byte[] exif = null;
    byte[] extended = {};
    byte[] alpha = {};
    byte[] pixels = {};
    int at = RIFF_HEADER;
    while (at + CHUNK_HEADER <= end) {
      String type = new String(file, at, 4, StandardCharsets.ISO_8859_1);
      long length = bytes.u32(at + 4);
      if (at + CHUNK_HEADER + length > end) {
        throw new ImageFormatException("the file ends inside its " + type + " chunk");
      }
      int padded = CHUNK_HEADER + (int) (length + (length & 1));
      byte[] chunk = Arrays.copyOfRange(file, at, at + padded);
      switch (type) {
        case "VP8X" -> extended = chunk;
        case "ALPH" -> alpha = chunk;
        case "VP8 ", "VP8L" -> pixels = pixels.length == 0 ? chunk : pixels;
        case "EXIF" -> exif = Arrays.copyOfRange(chunk, CHUNK_HEADER, CHUNK_HEADER + (int) length);
        case "ANMF" -> throw new ImageFormatException("it is animated, which is not read");
        default -> {}
      }
      at += padded;
    }
    if (pixels.length == 0) {
      throw new ImageFormatException("it has no image chunk");
    }
    return new WebpChunks(exif, stream(extended, alpha, pixels));
  }

  private static byte[] stream(byte[] extended, byte[] alpha, byte[] pixels) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if (alpha.length > 0 && extended.length > CHUNK_HEADER) {
      byte[] flagged = extended.clone();
      flagged[CHUNK_HEADER] = ALPHA_FLAG;
      body.writeBytes(flagged);
      body.writeBytes(alpha);
    }
    body.writeBytes(pixels);
    int size = body.size() + 4;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("RIFF".getBytes(StandardCharsets.ISO_8859_1));
    for (int i = 0; i < 4; i++) {
      out.write(size >> (8 * i));
    }
    out.writeBytes("WEBP".getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(body.toByteArray());
    return out.toByteArray();
  }
}
