package io.github.tcd4j.images.resize;

/**
 * How the frameworks resize numbers, channel by channel: PyTorch's {@code
 * torch.nn.functional.interpolate} with {@code align_corners=False}, and TensorFlow 1's {@code
 * resize_bilinear}. Results agree with theirs to single precision; they are not rounded to levels
 * and not clamped.
 */
public enum Interpolation {
  /** PyTorch's {@code bilinear}: the two nearest pixels, however much the picture shrinks. */
  TORCH_BILINEAR,
  /** PyTorch's {@code bicubic}: the four nearest pixels, a = -0.75. */
  TORCH_BICUBIC,
  /** PyTorch's {@code bilinear} with {@code antialias=True}: Pillow's weights. */
  TORCH_BILINEAR_ANTIALIAS,
  /** PyTorch's {@code bicubic} with {@code antialias=True}: Pillow's weights, a = -0.5. */
  TORCH_BICUBIC_ANTIALIAS,
  /**
   * TensorFlow 1 without half-pixel centres: pixel i is taken at i * in / out, so the picture moves
   * to the top left.
   */
  TENSORFLOW1_BILINEAR;

  private static final double TORCH_A = -0.75;

  /**
   * Numbers at another size, rows from the top, channels side by side.
   *
   * @param samples {@code width * height * channels} numbers
   */
  public float[] resize(
      float[] samples, int width, int height, int channels, int newWidth, int newHeight) {
    Shape shape = new Shape(width, height, channels, Region.of(width, height), newWidth, newHeight);
    shape.require(samples.length);
    float[] out = samples;
    if (newWidth != width) {
      out = FloatPass.horizontal(out, width, channels, 0, height, taps(width, newWidth));
    }
    if (newHeight != height) {
      out = FloatPass.vertical(out, newWidth * channels, 0, taps(height, newHeight));
    }
    return out == samples ? samples.clone() : out;
  }

  private Taps taps(int size, int newSize) {
    return switch (this) {
      case TORCH_BILINEAR_ANTIALIAS -> antialiased(Resample.BILINEAR, size, newSize);
      case TORCH_BICUBIC_ANTIALIAS -> antialiased(Resample.BICUBIC, size, newSize);
      case TORCH_BICUBIC -> cubic(size, newSize);
      case TORCH_BILINEAR, TENSORFLOW1_BILINEAR -> linear(size, newSize);
    };
  }

  /** Two pixels; the places are computed in single precision as there. */
  private Taps linear(int size, int newSize) {
    float scale = (float) size / newSize;
    int[] first = new int[newSize];
    int[] length = new int[newSize];
    double[] weights = new double[2 * newSize];
    for (int i = 0; i < newSize; i++) {
      float place = this == TENSORFLOW1_BILINEAR ? i * scale : Math.max(0, centre(scale, i));
      first[i] = Math.min((int) place, size - 1);
      length[i] = first[i] < size - 1 ? 2 : 1;
      float upper = length[i] == 2 ? place - first[i] : 0;
      weights[2 * i] = 1 - upper;
      weights[2 * i + 1] = upper;
    }
    return new Taps(first, length, weights, 2);
  }

  /**
   * Where a pixel of the result lies in the source. PyTorch's compiler makes one operation of the
   * product and the difference, rounded once; rounded twice, pixels between black and white are off
   * by 1e-5.
   */
  private static float centre(float scale, int i) {
    return Math.fma(scale, i + 0.5f, -0.5f);
  }

  /** Four pixels; one that lies outside is the one at the border. */
  private static Taps cubic(int size, int newSize) {
    float scale = (float) size / newSize;
    int[] first = new int[newSize];
    int[] length = new int[newSize];
    double[] weights = new double[4 * newSize];
    for (int i = 0; i < newSize; i++) {
      float place = centre(scale, i);
      int whole = (int) Math.floor(place);
      double part = place - whole;
      first[i] = Math.max(0, Math.min(whole - 1, size - 1));
      length[i] = Math.min(whole + 2, size - 1) - first[i] + 1;
      for (int k = -1; k <= 2; k++) {
        int source = Math.max(0, Math.min(whole + k, size - 1));
        weights[4 * i + source - first[i]] += cubic(Math.abs(part - k));
      }
    }
    return new Taps(first, length, weights, 4);
  }

  private static double cubic(double x) {
    return x <= 1
        ? ((TORCH_A + 2) * x - (TORCH_A + 3)) * x * x + 1
        : ((TORCH_A * x - 5 * TORCH_A) * x + 8 * TORCH_A) * x - 4 * TORCH_A;
  }

  /** Pillow's weights, in single precision: on large pictures the difference can be seen. */
  private static Taps antialiased(Resample filter, int size, int newSize) {
    float scale = (float) size / newSize;
    float support = (float) (scale >= 1 ? filter.support() * scale : filter.support());
    float inverse = scale >= 1 ? 1 / scale : 1;
    int stride = (int) Math.ceil(support) * 2 + 1;
    int[] first = new int[newSize];
    int[] length = new int[newSize];
    double[] weights = new double[newSize * stride];
    for (int i = 0; i < newSize; i++) {
      float centre = (float) (scale * (i + 0.5));
      first[i] = Math.max((int) (centre - support + 0.5), 0);
      length[i] = Math.min(Math.min((int) (centre + support + 0.5), size) - first[i], stride);
      float[] own = new float[length[i]];
      float sum = 0;
      for (int k = 0; k < own.length; k++) {
        own[k] = (float) filter.at((float) ((k + first[i] - centre + 0.5) * inverse));
        sum += own[k];
      }
      for (int k = 0; k < own.length; k++) {
        weights[i * stride + k] = own[k] / sum;
      }
    }
    return new Taps(first, length, weights, stride);
  }
}
