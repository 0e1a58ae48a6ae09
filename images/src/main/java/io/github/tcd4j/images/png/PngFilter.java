package io.github.tcd4j.images.png;

/**
 * The five row filters of PNG (ISO 15948, clause 9) for pixels of three bytes: each byte is written
 * as its difference from a guess made of its left, upper and upper left neighbours.
 */
enum PngFilter {
  NONE,
  SUB,
  UP,
  AVERAGE,
  PAETH;

  private static final int PIXEL = 3;

  private int guess(int left, int up, int upLeft) {
    return switch (this) {
      case NONE -> 0;
      case SUB -> left;
      case UP -> up;
      case AVERAGE -> (left + up) / 2;
      case PAETH -> paeth(left, up, upLeft);
    };
  }

  private static int paeth(int left, int up, int upLeft) {
    int p = left + up - upLeft;
    int toLeft = Math.abs(p - left);
    int toUp = Math.abs(p - up);
    int toUpLeft = Math.abs(p - upLeft);
    if (toLeft <= toUp && toLeft <= toUpLeft) {
      return left;
    }
    return toUp <= toUpLeft ? up : upLeft;
  }

  private byte[] apply(byte[] row, byte[] above) {
    byte[] out = new byte[row.length + 1];
    out[0] = (byte) ordinal();
    for (int i = 0; i < row.length; i++) {
      int left = i < PIXEL ? 0 : row[i - PIXEL] & 0xff;
      int upLeft = i < PIXEL ? 0 : above[i - PIXEL] & 0xff;
      out[i + 1] = (byte) (row[i] - guess(left, above[i] & 0xff, upLeft));
    }
    return out;
  }

  /** The filtered row with its filter's number, by the filter with the least sum of differences. */
  static byte[] best(byte[] row, byte[] above) {
    byte[] best = NONE.apply(row, above);
    long least = Long.MAX_VALUE;
    for (PngFilter filter : values()) {
      byte[] candidate = filter.apply(row, above);
      long sum = 0;
      for (int i = 1; i < candidate.length; i++) {
        sum += Math.abs(candidate[i]);
      }
      if (sum < least) {
        least = sum;
        best = candidate;
      }
    }
    return best;
  }
}
