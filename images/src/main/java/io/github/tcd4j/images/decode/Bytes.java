package io.github.tcd4j.images.decode;

/** Numbers in the bytes of a file, in either order. */
record Bytes(byte[] data, boolean bigEndian) {
  int u8(int at) {
    return data[at] & 0xff;
  }

  int u16(int at) {
    return bigEndian ? u8(at) << 8 | u8(at + 1) : u8(at) | u8(at + 1) << 8;
  }

  /** Unsigned, 32 bits. */
  long u32(int at) {
    return bigEndian ? (long) u16(at) << 16 | u16(at + 2) : u16(at) | (long) u16(at + 2) << 16;
  }

  /** Whether the ASCII text stands at a place. */
  boolean has(int at, String text) {
    if (at < 0 || at + text.length() > data.length) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (u8(at + i) != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
