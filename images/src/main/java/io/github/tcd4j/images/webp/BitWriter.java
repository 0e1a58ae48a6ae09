package io.github.tcd4j.images.webp;

import java.io.ByteArrayOutputStream;

/** Bits, the lowest of a number first, into bytes from their lowest bit on. */
final class BitWriter {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private long pending;
  private int bits;

  /**
   * @param count of the value's lowest bits, at most 32
   */
  void put(long value, int count) {
    pending |= (value & ((1L << count) - 1)) << bits;
    bits += count;
    while (bits >= 8) {
      bytes.write((int) pending);
      pending >>>= 8;
      bits -= 8;
    }
  }

  /** All of them, the last byte filled with zeros. */
  byte[] toByteArray() {
    if (bits > 0) {
      put(0, 8 - bits);
    }
    return bytes.toByteArray();
  }
}
