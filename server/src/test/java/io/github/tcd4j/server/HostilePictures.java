package io.github.tcd4j.server;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** PNGs that claim more than they hold, unpack to more than they should, or are no PNGs. */
final class HostilePictures {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  /** A megabyte of nothing, as small as it gets. */
  private static final byte[] BOMB = deflated(1 << 20);

  private HostilePictures() {}

  static byte[] of(SplittableRandom random) {
    int side = 1 + random.nextInt(16);
    return switch (random.nextInt(12)) {
      case 0 -> png(header(1 << 30, 1 << 30, 8, 2), chunk("IDAT", BOMB));
      case 1 -> png(header(60_000, 60_000, 16, 6), chunk("IDAT", BOMB));
      case 2 -> png(header(4096, 4096, 8, 6), chunk("IDAT", deflated(100)));
      case 3 -> png(header(side, side, 8, 2), chunk("IDAT", BOMB), chunk("IDAT", BOMB));
      case 4 -> png(header(side, side, 8, 2), compressedText("parameters"), chunk("IDAT", BOMB));
      case 5 -> png(header(side, side, 8, 2), compressedText("tcd4j"), chunk("IDAT", BOMB));
      case 6 -> png(header(0, side, 8, 2), chunk("IDAT", BOMB));
      case 7 ->
          png(header(side, side, random.nextInt(256), random.nextInt(256)), chunk("IDAT", BOMB));
      case 8 -> png(text("tcd4j", HostileJson.of(random)));
      case 9 ->
          png(text("parameters", "a\nSteps: 99999999999, Seed: -1, Size: 0x0, CFG scale: NaN"));
      case 10 -> png(chunk("IDAT", BOMB), header(side, side, 8, 2));
      default ->
          changed(
              random,
              png(header(side, side, 8, 2), chunk("IDAT", deflated(side * (3 * side + 1)))));
    };
  }

  private static byte[] changed(SplittableRandom random, byte[] png) {
    for (int i = random.nextInt(4); i > 0; i--) {
      png[random.nextInt(png.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return java.util.Arrays.copyOf(png, 1 + random.nextInt(png.length));
  }

  private static byte[] png(byte[]... chunks) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(SIGNATURE);
    for (byte[] chunk : chunks) {
      out.writeBytes(chunk);
    }
    out.writeBytes(chunk("IEND", new byte[0]));
    return out.toByteArray();
  }

  private static byte[] header(int width, int height, int depth, int colour) {
    ByteBuffer b = ByteBuffer.allocate(13).putInt(width).putInt(height);
    b.put((byte) depth).put((byte) colour).put(new byte[3]);
    return chunk("IHDR", b.array());
  }

  private static byte[] text(String key, String text) {
    return chunk("tEXt", (key + "\0" + text).getBytes(StandardCharsets.UTF_8));
  }

  /** An iTXt chunk that unpacks to a megabyte. */
  private static byte[] compressedText(String key) {
    byte[] head = (key + "\0\u0001\0\0\0").getBytes(StandardCharsets.ISO_8859_1);
    return chunk(
        "iTXt", ByteBuffer.allocate(head.length + BOMB.length).put(head).put(BOMB).array());
  }

  private static byte[] chunk(String type, byte[] data) {
    ByteBuffer b = ByteBuffer.allocate(data.length + 12).putInt(data.length);
    b.put(type.getBytes(StandardCharsets.US_ASCII)).put(data);
    CRC32 crc = new CRC32();
    crc.update(b.array(), 4, data.length + 4);
    return b.putInt((int) crc.getValue()).array();
  }

  private static byte[] deflated(int bytes) {
    Deflater deflater = new Deflater(9);
    deflater.setInput(new byte[bytes]);
    deflater.finish();
    byte[] out = new byte[bytes / 500 + 200];
    int length = deflater.deflate(out);
    deflater.end();
    return java.util.Arrays.copyOf(out, length);
  }
}
