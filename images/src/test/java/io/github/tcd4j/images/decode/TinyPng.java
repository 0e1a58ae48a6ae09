package io.github.tcd4j.images.decode;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** A PNG of one row, written byte by byte. */
final class TinyPng {
  private TinyPng() {}

  static byte[] grey16(int... values) {
    ByteBuffer row = ByteBuffer.allocate(1 + 2 * values.length).put((byte) 0);
    for (int v : values) {
      row.putShort((short) v);
    }
    ByteBuffer header = ByteBuffer.allocate(13).putInt(values.length).putInt(1).put((byte) 16);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("\u0089PNG\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1));
    chunk(out, "IHDR", header.array());
    chunk(out, "IDAT", deflated(row.array()));
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  /** Red, green and blue of each level. */
  static byte[] grey(int... levels) {
    byte[] rgb = new byte[3 * levels.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) levels[i / 3];
    }
    return rgb;
  }

  private static byte[] deflated(byte[] bytes) {
    Deflater deflater = new Deflater();
    deflater.setInput(bytes);
    deflater.finish();
    byte[] out = new byte[200];
    int n = deflater.deflate(out);
    deflater.end();
    return java.util.Arrays.copyOf(out, n);
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] body) {
    byte[] typed =
        ByteBuffer.allocate(4 + body.length)
            .put(type.getBytes(StandardCharsets.ISO_8859_1))
            .put(body)
            .array();
    CRC32 crc = new CRC32();
    crc.update(typed);
    out.writeBytes(ByteBuffer.allocate(4).putInt(body.length).array());
    out.writeBytes(typed);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }
}
