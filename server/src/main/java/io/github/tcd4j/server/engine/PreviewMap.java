package io.github.tcd4j.server.engine;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.pipeline.Latents;
import org.jspecify.annotations.Nullable;

/**
 * Small pictures of latents without a decoder: for every position, red, green and blue as a linear
 * function of the channels. The function is that of least squares over the pictures that the model
 * has decoded so far, so it fits any autoencoder and needs no table.
 */
final class PreviewMap {
  /** Pictures from which it learns; more change little. */
  private static final int ENOUGH = 16;

  /** Keeps the equations solvable where a channel hardly varies. */
  private static final double RIDGE = 1e-3;

  private int learned;
  private double @Nullable [][] normal;
  private double[][] target = new double[0][];
  private double @Nullable [][] solved;

  /** Learns from the latents of a finished picture. */
  void learn(Latents latents, Image image) {
    if (learned == ENOUGH) {
      return;
    }
    int n = (int) latents.channels() + 1;
    double[][] sums = normal;
    if (sums == null || sums.length != n) {
      sums = new double[n][n];
      target = new double[n][3];
    }
    int w = (int) latents.width();
    int h = (int) latents.height();
    double[] row = new double[n];
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        row(latents.values(), w * h, y * w + x, row);
        double[] rgb = mean(image, x, y, w, h);
        for (int i = 0; i < n; i++) {
          for (int j = 0; j < n; j++) {
            sums[i][j] += row[i] * row[j];
          }
          for (int c = 0; c < 3; c++) {
            target[i][c] += row[i] * rgb[c];
          }
        }
      }
    }
    normal = sums;
    learned++;
    solved = null;
  }

  private static void row(float[] values, int area, int position, double[] row) {
    for (int c = 0; c < row.length - 1; c++) {
      row[c] = values[c * area + position];
    }
    row[row.length - 1] = 1;
  }

  /** The mean colour of the pixels that one position of the latents stands for, in [0, 255]. */
  private static double[] mean(Image image, int x, int y, int w, int h) {
    int left = x * image.width() / w;
    int right = Math.max(left + 1, (x + 1) * image.width() / w);
    int top = y * image.height() / h;
    int bottom = Math.max(top + 1, (y + 1) * image.height() / h);
    double[] sum = new double[3];
    for (int v = top; v < bottom; v++) {
      for (int u = left; u < right; u++) {
        for (int c = 0; c < 3; c++) {
          sum[c] += image.rgb()[3 * (v * image.width() + u) + c] & 255;
        }
      }
    }
    double n = (double) (right - left) * (bottom - top);
    return new double[] {sum[0] / n, sum[1] / n, sum[2] / n};
  }

  /**
   * A picture of latents, one pixel for each position.
   *
   * @param values channels, rows, columns
   * @return null before the first picture has been decoded, or for other channels
   */
  @Nullable Image of(float[] values, int channels, int height, int width) {
    double[][] sums = normal;
    if (sums == null || sums.length != channels + 1) {
      return null;
    }
    double[][] map = solved == null ? solve(sums, target) : solved;
    solved = map;
    int area = width * height;
    byte[] rgb = new byte[3 * area];
    double[] row = new double[channels + 1];
    for (int p = 0; p < area; p++) {
      row(values, area, p, row);
      for (int c = 0; c < 3; c++) {
        double value = 0;
        for (int i = 0; i < row.length; i++) {
          value += row[i] * map[i][c];
        }
        rgb[3 * p + c] = (byte) Math.round(Math.max(0, Math.min(255, value)));
      }
    }
    return new Image(width, height, rgb);
  }

  /** Gaussian elimination with pivots, of a few unknowns. */
  private static double[][] solve(double[][] matrix, double[][] right) {
    int n = matrix.length;
    double[][] a = new double[n][n + 3];
    for (int i = 0; i < n; i++) {
      System.arraycopy(matrix[i], 0, a[i], 0, n);
      System.arraycopy(right[i], 0, a[i], n, 3);
      a[i][i] += RIDGE;
    }
    for (int k = 0; k < n; k++) {
      int pivot = k;
      for (int i = k + 1; i < n; i++) {
        pivot = Math.abs(a[i][k]) > Math.abs(a[pivot][k]) ? i : pivot;
      }
      double[] swap = a[k];
      a[k] = a[pivot];
      a[pivot] = swap;
      for (int i = 0; i < n; i++) {
        double factor = i == k ? 0 : a[i][k] / a[k][k];
        for (int j = k; factor != 0 && j < n + 3; j++) {
          a[i][j] -= factor * a[k][j];
        }
      }
    }
    double[][] x = new double[n][3];
    for (int i = 0; i < n; i++) {
      for (int c = 0; c < 3; c++) {
        x[i][c] = a[i][n + c] / a[i][i];
      }
    }
    return x;
  }
}
