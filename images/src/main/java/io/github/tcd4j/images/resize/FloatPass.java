package io.github.tcd4j.images.resize;

import java.util.Arrays;

/**
 * One direction of Pillow's mode F: sums in double, in the order of the source pixels, stored as
 * single precision after the pass and not clamped.
 */
final class FloatPass {
  private FloatPass() {}

  /** Resizes {@code rows} rows from {@code firstRow} on; the shapes of {@link BytePass}. */
  static float[] horizontal(
      float[] samples, int width, int channels, int firstRow, int rows, Taps taps) {
    int size = taps.size();
    float[] out = new float[rows * size * channels];
    int at = 0;
    for (int y = 0; y < rows; y++) {
      int row = (firstRow + y) * width;
      for (int x = 0; x < size; x++) {
        int pixel = (row + taps.first()[x]) * channels;
        int weight = x * taps.stride();
        for (int c = 0; c < channels; c++) {
          double sum = 0;
          for (int k = 0, p = pixel + c; k < taps.length()[x]; k++, p += channels) {
            sum += samples[p] * taps.weights()[weight + k];
          }
          out[at++] = (float) sum;
        }
      }
    }
    return out;
  }

  /** Resizes columns of rows of {@code rowSamples} numbers, {@code skipped} rows left out. */
  static float[] vertical(float[] samples, int rowSamples, int skipped, Taps taps) {
    float[] out = new float[taps.size() * rowSamples];
    double[] sums = new double[rowSamples];
    for (int y = 0; y < taps.size(); y++) {
      Arrays.fill(sums, 0);
      for (int k = 0; k < taps.length()[y]; k++) {
        double weight = taps.weights()[y * taps.stride() + k];
        int row = (taps.first()[y] - skipped + k) * rowSamples;
        for (int i = 0; i < rowSamples; i++) {
          sums[i] += samples[row + i] * weight;
        }
      }
      for (int i = 0; i < rowSamples; i++) {
        out[y * rowSamples + i] = (float) sums[i];
      }
    }
    return out;
  }
}
