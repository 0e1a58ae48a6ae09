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
    switch (filter[0]) {
      case 0 -> {}
      case 1 -> addLeft(row);
      case 2 -> addUp(row);
      case 3 -> addMean(row);
      case 4 -> addPaeth(row);
      default -> throw new ImageFormatException("it has a row of the unknown filter " + filter[0]);
    }
    above = row;
    return row;
  }

  // One loop for each filter: a choice for every byte took most of the time of a decoding.

  private void addLeft(byte[] row) {
    for (int i = step; i < row.length; i++) {
      row[i] += row[i - step];
    }
  }

  private void addUp(byte[] row) {
    byte[] up = above;
    for (int i = 0; i < row.length; i++) {
      row[i] += up[i];
    }
  }

  private void addMean(byte[] row) {
    byte[] up = above;
    for (int i = 0; i < row.length; i++) {
      int left = i < step ? 0 : row[i - step] & 0xff;
      row[i] += (byte) ((left + (up[i] & 0xff)) / 2);
    }
  }

  private void addPaeth(byte[] row) {
    byte[] up = above;
    int first = Math.min(step, row.length);
    for (int i = 0; i < first; i++) {
      row[i] += up[i];
    }
    for (int i = first; i < row.length; i++) {
      row[i] += (byte) paeth(row[i - step] & 0xff, up[i] & 0xff, up[i - step] & 0xff);
    }
  }

  private static int paeth(int left, int up, int upLeft) {
    int toLeft = Math.abs(up - upLeft);
    int toUp = Math.abs(left - upLeft);
    int toUpLeft = Math.abs(left + up - 2 * upLeft);
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
