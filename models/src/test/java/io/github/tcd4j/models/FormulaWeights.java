package io.github.tcd4j.models;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.zip.CRC32;

/**
 * Weights that a hash of their name makes, the same in {@code oracle/formula.py}: a network of any
 * size without a file. Remembers the shapes that were read.
 */
public final class FormulaWeights implements Weights.Source {
  private final Predicate<String> names;
  private final Map<String, long[]> read = new LinkedHashMap<>();

  /**
   * @param names which names the network's checkpoint has
   */
  public FormulaWeights(Predicate<String> names) {
    this.names = names;
  }

  @Override
  public Tensor parameter(String name, Init init, long... shape) {
    read.put(name, shape);
    return value(name, shape);
  }

  @Override
  public boolean has(String name) {
    return names.test(name);
  }

  /** Shapes of what was read, by name, in order. */
  public Map<String, long[]> read() {
    return read;
  }

  /** The weight of that name. */
  public static Tensor value(String key, long... shape) {
    double[] x = unit(key, count(shape));
    String leaf = key.substring(key.lastIndexOf('.') + 1);
    double base = 0;
    double scale = 1;
    if (leaf.equals("running_var")) {
      base = 1;
      scale = 0.5;
    } else if (leaf.equals("running_mean") || leaf.equals("bias")) {
      scale = 0.1;
    } else if (shape.length == 1) {
      base = 1;
      scale = 0.25;
    } else if (shape.length > 1) {
      scale = Math.sqrt((shape.length == 4 ? 6.0 : 3.0) / (x.length / shape[0]));
    }
    float[] values = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      values[i] = (float) (base == 0 ? x[i] * scale : base + scale * x[i]);
    }
    return Tensor.of(values, shape);
  }

  /** Numbers from -1 to 1 by a key, as float32. */
  public static Tensor noise(String key, long... shape) {
    return Tensor.of(unit(key, count(shape)), shape).to(DType.F32);
  }

  /** A picture of b x b squares, (1, 3, h, w), float32 from 0 to 255. */
  public static Tensor blocks(String key, int h, int w, int b) {
    int rows = (h + b - 1) / b;
    int columns = (w + b - 1) / b;
    long[] hash = hash(key, 3 * rows * columns);
    float[] pixels = new float[3 * h * w];
    for (int c = 0, at = 0; c < 3; c++) {
      for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
          pixels[at++] = hash[(c * rows + y / b) * columns + x / b] >>> 24;
        }
      }
    }
    return Tensor.of(pixels, 1, 3, h, w);
  }

  private static int count(long... shape) {
    return Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b));
  }

  private static double[] unit(String key, int n) {
    long[] hash = hash(key, n);
    double[] x = new double[n];
    for (int i = 0; i < n; i++) {
      x[i] = (hash[i] >>> 8) / (double) (1 << 23) - 1;
    }
    return x;
  }

  private static long[] hash(String key, int n) {
    CRC32 crc = new CRC32();
    crc.update(key.getBytes(UTF_8));
    long[] hash = new long[n];
    for (int i = 0; i < n; i++) {
      int x = (int) (i * 0x9E3779B1L + crc.getValue());
      x = (x ^ x >>> 16) * 0x85EBCA6B;
      x = (x ^ x >>> 13) * 0xC2B2AE35;
      hash[i] = (x ^ x >>> 16) & 0xFFFFFFFFL;
    }
    return hash;
  }
}
