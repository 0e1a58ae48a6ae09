package io.github.tcd4j.images.decode;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The rows in the compressed data of a PNG, with their filters undone. */
final class PngRows implements AutoCloseable {
  private final Inflater inflater = new Inflater();
  private byte[] above = {};
  private int step;

  PngRows(byte[] data) {
    inflater.setInput(data);
  }

  /** Each pass begins below a row of zeros. */
  void startPass(int rowBytes, int pixelBytes) {
    above = new byte[rowBytes];
    step = pixelBytes;
  }

  byte[] next() throws ImageFormatException {
    byte[] filter = new byte[1];
    inflate(filter);
    byte[] row = new byte[above.length];
    inflate(row);
    for (int i = 0; i < row.length; i++) {
      int left = i < step ? 0 : row[i - step] & 0xff;
      int upLeft = i < step ? 0 : above[i - step] & 0xff;
      row[i] += (byte) predict(filter[0], left, above[i] & 0xff, upLeft);
    }
    above = row;
    return row;
  }

  private static int predict(int filter, int left, int up, int upLeft) throws ImageFormatException {
    return switch (filter) {
      case 0 -> 0;
      case 1 -> left;
      case 2 -> up;
      case 3 -> (left + up) / 2;
      case 4 -> paeth(left, up, upLeft);
      default -> throw new ImageFormatException("it has a row of the unknown filter " + filter);
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

  private void inflate(byte[] out) throws ImageFormatException {
    try {
      int n = 0;
      while (n < out.length) {
        int more = inflater.inflate(out, n, out.length - n);
        if (more == 0) {
          throw new ImageFormatException("its data end before the last row");
        }
        n += more;
      }
    } catch (DataFormatException e) {
      throw new ImageFormatException("its compressed data are damaged", e);
    }
  }

  @Override
  public void close() {
    inflater.end();
  }
}
