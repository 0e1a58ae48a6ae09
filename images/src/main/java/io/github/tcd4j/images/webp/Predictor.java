package io.github.tcd4j.images.webp;

/**
 * What is expected of a pixel by those before it (RFC 9649, section 4.1), for each tile the rule
 * that leaves least. Rules that look to the right above are not used.
 */
final class Predictor {
  /** The side of a tile is 2 to this power. */
  static final int TILE_BITS = 4;

  private static final int BLACK = 0xff000000;
  private static final int[] RULES = {1, 2, 4, 6, 7, 8, 11, 12, 13};

  private final int[] pixels;
  private final int width;
  private final int height;

  Predictor(int[] pixels, int width, int height) {
    this.pixels = pixels;
    this.width = width;
    this.height = height;
  }

  /** How many tiles a side has. */
  static int tiles(int side) {
    return (side + (1 << TILE_BITS) - 1) >> TILE_BITS;
  }

  /** The rule of each tile, as the green of a pixel. */
  int[] rules() {
    int across = tiles(width);
    int[] rules = new int[across * tiles(height)];
    for (int tile = 0; tile < rules.length; tile++) {
      rules[tile] = BLACK | best(tile % across << TILE_BITS, tile / across << TILE_BITS) << 8;
    }
    return rules;
  }

  private int best(int left, int top) {
    int right = Math.min(width, left + (1 << TILE_BITS));
    int bottom = Math.min(height, top + (1 << TILE_BITS));
    int best = RULES[0];
    long least = Long.MAX_VALUE;
    for (int rule : RULES) {
      long sum = 0;
      for (int y = top; y < bottom && sum < least; y++) {
        for (int x = left; x < right; x++) {
          int d = minus(pixels[y * width + x], expected(x, y, rule));
          sum += Math.abs((byte) (d >> 16)) + Math.abs((byte) (d >> 8)) + Math.abs((byte) d);
        }
      }
      if (sum < least) {
        least = sum;
        best = rule;
      }
    }
    return best;
  }

  /** What is left of each pixel. */
  int[] residuals(int[] rules) {
    int across = tiles(width);
    int[] left = new int[pixels.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int rule = rules[(y >> TILE_BITS) * across + (x >> TILE_BITS)] >> 8 & 255;
        left[y * width + x] = minus(pixels[y * width + x], expected(x, y, rule));
      }
    }
    return left;
  }

  private int expected(int x, int y, int rule) {
    int at = y * width + x;
    if (y == 0) {
      return x == 0 ? BLACK : pixels[at - 1];
    }
    int top = pixels[at - width];
    if (x == 0) {
      return top;
    }
    int left = pixels[at - 1];
    int corner = pixels[at - width - 1];
    return switch (rule) {
      case 1 -> left;
      case 2 -> top;
      case 4 -> corner;
      case 6 -> mean(left, corner);
      case 7 -> mean(left, top);
      case 8 -> mean(corner, top);
      case 11 -> select(left, top, corner);
      case 12 -> each(left, top, corner, false);
      default -> each(mean(left, top), corner, 0, true);
    };
  }

  /** Of each channel, halves down. */
  private static int mean(int a, int b) {
    return ((a ^ b) >>> 1 & 0x7f7f7f7f) + (a & b);
  }

  /** That of both which is nearer to left + top - corner. */
  private static int select(int left, int top, int corner) {
    int toLeft = 0;
    int toTop = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int c = corner >> shift & 255;
      toLeft += Math.abs((top >> shift & 255) - c);
      toTop += Math.abs((left >> shift & 255) - c);
    }
    return toLeft < toTop ? left : top;
  }

  /** Of each channel a + b - c, or a + (a - b) / 2, within a byte. */
  private static int each(int a, int b, int c, boolean half) {
    int all = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int p = a >> shift & 255;
      int q = b >> shift & 255;
      int v = half ? p + (p - q) / 2 : p + q - (c >> shift & 255);
      all |= Math.min(255, Math.max(0, v)) << shift;
    }
    return all;
  }

  /** Of each channel, modulo 256. */
  private static int minus(int a, int b) {
    int ag = 0x00ff00ff + (a & 0xff00ff00) - (b & 0xff00ff00);
    int rb = 0xff00ff00 + (a & 0x00ff00ff) - (b & 0x00ff00ff);
    return ag & 0xff00ff00 | rb & 0x00ff00ff;
  }
}
