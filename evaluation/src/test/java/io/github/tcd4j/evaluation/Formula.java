package io.github.tcd4j.evaluation;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/** Numbers by formula, the same as in {@code oracle/formula.py}. */
public final class Formula {
  private Formula() {}

  private static int hash(int crc, int index) {
    int x = index * 0x9E3779B1 + crc;
    x ^= x >>> 16;
    x *= 0x85EBCA6B;
    x ^= x >>> 13;
    x *= 0xC2B2AE35;
    return x ^ x >>> 16;
  }

  private static int crc(String key) {
    CRC32 crc = new CRC32();
    crc.update(key.getBytes(StandardCharsets.UTF_8));
    return (int) crc.getValue();
  }

  /** {@code n} numbers in [-1, 1). */
  public static double[] uniform(String key, int n) {
    int crc = crc(key);
    double[] u = new double[n];
    for (int i = 0; i < n; i++) {
      u[i] = (hash(crc, i) >>> 8) / (double) (1 << 23) - 1;
    }
    return u;
  }

  /** A picture of squares of one colour. */
  public static Image blocks(String key, int width, int height, int side) {
    int crc = crc(key);
    int rows = (height + side - 1) / side;
    int columns = (width + side - 1) / side;
    byte[] rgb = new byte[3 * width * height];
    for (int at = 0; at < rgb.length; at++) {
      int c = at % 3;
      int x = at / 3 % width;
      int y = at / 3 / width;
      rgb[at] = (byte) (hash(crc, (c * rows + y / side) * columns + x / side) >>> 24);
    }
    return new Image(width, height, rgb);
  }

  /** Rows like pooled activations, float64 (rows, width). */
  public static Tensor features(String key, int rows, int width) {
    double[] z = uniform(key, rows * width);
    for (int i = 0; i < z.length; i++) {
      z[i] /= Math.sqrt(1 + i % width);
    }
    Tensor mix = Tensor.of(uniform("mix", width * width), width, width).div(Math.sqrt(width));
    return Tensor.of(z, rows, width).matmul(mix).plus(0.1).clamp(0, Double.MAX_VALUE);
  }

  /** The reference that goes with them. */
  public static Tensor reference(int rows, int width) {
    return features("feat.b", rows, width).times(1.1).plus(0.02);
  }
}
