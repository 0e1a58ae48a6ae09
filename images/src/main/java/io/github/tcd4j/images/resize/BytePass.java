package io.github.tcd4j.images.resize;

import java.util.Arrays;

/**
 * One direction of the 8 bit arithmetic, as Pillow's {@code ImagingResampleHorizontal_8bpc} and its
 * vertical twin: fixed-point sums, rounded and clamped to a byte after the pass.
 */
final class BytePass {
  private static final int HALF = 1 << (Taps.FRACTION_BITS - 1);

  private BytePass() {}

  /**
   * Resizes rows.
   *
   * @param samples rows of {@code width} pixels of {@code channels} bytes
   * @param firstRow the first source row to keep
   * @param rows how many rows to keep
   */
  static byte[] horizontal(
      byte[] samples, int width, int channels, int firstRow, int rows, Taps taps) {
    int[] weights = taps.fixedPoint();
    int size = taps.size();
    byte[] out = new byte[rows * size * channels];
    int at = 0;
    for (int y = 0; y < rows; y++) {
      int row = (firstRow + y) * width;
      for (int x = 0; x < size; x++) {
        int pixel = (row + taps.first()[x]) * channels;
        int weight = x * taps.stride();
        for (int c = 0; c < channels; c++) {
          int sum = HALF;
          for (int k = 0, p = pixel + c; k < taps.length()[x]; k++, p += channels) {
            sum += (samples[p] & 0xff) * weights[weight + k];
          }
          out[at++] = clamp(sum);
        }
      }
    }
    return out;
  }

  /**
   * Resizes columns.
   *
   * @param samples rows of {@code rowBytes} bytes
   * @param skipped source rows before the first row of {@code samples}
   */
  static byte[] vertical(byte[] samples, int rowBytes, int skipped, Taps taps) {
    int[] weights = taps.fixedPoint();
    byte[] out = new byte[taps.size() * rowBytes];
    int[] sums = new int[rowBytes];
    for (int y = 0; y < taps.size(); y++) {
      Arrays.fill(sums, HALF);
      for (int k = 0; k < taps.length()[y]; k++) {
        int weight = weights[y * taps.stride() + k];
        int row = (taps.first()[y] - skipped + k) * rowBytes;
        for (int i = 0; i < rowBytes; i++) {
          sums[i] += (samples[row + i] & 0xff) * weight;
        }
      }
      for (int i = 0; i < rowBytes; i++) {
        out[y * rowBytes + i] = clamp(sums[i]);
      }
    }
    return out;
  }

  private static byte clamp(int sum) {
    return (byte) Math.max(0, Math.min(255, sum >> Taps.FRACTION_BITS));
  }
}
