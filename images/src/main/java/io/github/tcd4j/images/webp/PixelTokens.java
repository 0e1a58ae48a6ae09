package io.github.tcd4j.images.webp;

import java.util.Arrays;

/**
 * Pixels as literals and as repetitions of those on the left or above (RFC 9649, section 3.6.2),
 * written with five prefix codes: green and lengths, red, blue, alpha, distances.
 */
final class PixelTokens {
  private static final int LONGEST = 4096;
  private static final int SHORTEST = 4;
  private static final int LENGTHS = 24;
  private static final int DISTANCES = 40;

  /** Distances to neighbours have numbers of their own. */
  private static final int ABOVE = 1;

  private static final int LEFT = 2;

  private final int[] pixels;

  /** For each token the number of pixels that it repeats, 0 for a literal. */
  private int[] lengths = new int[1024];

  private int[] distances = new int[1024];
  private int tokens;

  private PixelTokens(int[] pixels) {
    this.pixels = pixels;
  }

  /** Divides pixels, rows from the top, each alpha, red, green, blue from its highest byte on. */
  static PixelTokens of(int[] pixels, int width) {
    PixelTokens all = new PixelTokens(pixels);
    for (int at = 0; at < pixels.length; ) {
      int left = all.repeated(at, 1);
      int above = all.repeated(at, width);
      int length = Math.max(left, above);
      if (length < SHORTEST) {
        all.add(0, 0);
        at++;
      } else {
        all.add(length, left >= above ? LEFT : ABOVE);
        at += length;
      }
    }
    return all;
  }

  private int repeated(int at, int distance) {
    int n = 0;
    while (at >= distance
        && n < LONGEST
        && at + n < pixels.length
        && pixels[at + n] == pixels[at + n - distance]) {
      n++;
    }
    return n;
  }

  private void add(int length, int distance) {
    if (tokens == lengths.length) {
      lengths = Arrays.copyOf(lengths, 2 * tokens);
      distances = Arrays.copyOf(distances, 2 * tokens);
    }
    lengths[tokens] = length;
    distances[tokens++] = distance;
  }

  /** Writes the codes, then the pixels. */
  void write(BitWriter out) {
    int[][] counts = {
      new int[256 + LENGTHS], new int[256], new int[256], new int[256], new int[DISTANCES]
    };
    for (int t = 0, at = 0; t < tokens; t++) {
      if (lengths[t] == 0) {
        int p = pixels[at++];
        counts[0][p >> 8 & 255]++;
        counts[1][p >> 16 & 255]++;
        counts[2][p & 255]++;
        counts[3][p >>> 24]++;
      } else {
        counts[0][256 + prefix(lengths[t])]++;
        counts[4][prefix(distances[t])]++;
        at += lengths[t];
      }
    }
    PrefixCode[] codes = new PrefixCode[counts.length];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = PrefixCode.of(counts[i]);
      codes[i].describe(out);
    }
    for (int t = 0, at = 0; t < tokens; t++) {
      if (lengths[t] == 0) {
        int p = pixels[at++];
        codes[0].put(out, p >> 8 & 255);
        codes[1].put(out, p >> 16 & 255);
        codes[2].put(out, p & 255);
        codes[3].put(out, p >>> 24);
      } else {
        codes[0].put(out, 256 + prefix(lengths[t]));
        extra(out, lengths[t]);
        codes[4].put(out, prefix(distances[t]));
        extra(out, distances[t]);
        at += lengths[t];
      }
    }
  }

  /** The symbol of a number of at least 1: its two highest bits and how many follow. */
  private static int prefix(int number) {
    int n = number - 1;
    int high = 31 - Integer.numberOfLeadingZeros(n);
    return n < 4 ? n : 2 * high + (n >> (high - 1) & 1);
  }

  /** The bits that follow. */
  private static void extra(BitWriter out, int number) {
    int n = number - 1;
    if (n >= 4) {
      out.put(n, 30 - Integer.numberOfLeadingZeros(n));
    }
  }
}
