package io.github.tcd4j.images.resize;

/**
 * The weights of one direction: pixel i of the result is the sum of {@code length[i]} source pixels
 * from {@code first[i]} on, each times its weight. Weights of a pixel sum to 1.
 *
 * @param first the first source pixel of each result
 * @param length how many source pixels each result has
 * @param weights {@code stride} for each result, zeros after its own
 * @param stride the most source pixels that a result can have
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not asked for.
record Taps(int[] first, int[] length, double[] weights, int stride) {
  /** Bits after the point of a weight of the 8 bit arithmetic. */
  static final int FRACTION_BITS = 32 - 8 - 2;

  /** Pillow's {@code precompute_coeffs}; its box is in single precision. */
  static Taps of(Resample filter, int size, float from, float to, int newSize) {
    double scale = (double) (to - from) / newSize;
    double stretch = Math.max(scale, 1);
    double support = filter.support() * stretch;
    int stride = (int) Math.ceil(support) * 2 + 1;
    int[] first = new int[newSize];
    int[] length = new int[newSize];
    double[] weights = new double[newSize * stride];
    double inverse = 1 / stretch;
    for (int i = 0; i < newSize; i++) {
      double centre = from + (i + 0.5) * scale;
      first[i] = Math.max((int) (centre - support + 0.5), 0);
      length[i] = Math.min((int) (centre + support + 0.5), size) - first[i];
      double sum = 0;
      for (int k = 0; k < length[i]; k++) {
        double weight = filter.at((k + first[i] - centre + 0.5) * inverse);
        weights[i * stride + k] = weight;
        sum += weight;
      }
      for (int k = 0; k < length[i] && sum != 0; k++) {
        weights[i * stride + k] /= sum;
      }
    }
    return new Taps(first, length, weights, stride);
  }

  int size() {
    return first.length;
  }

  /** The first source pixel that any result needs. */
  int begin() {
    return first[0];
  }

  /** One past the last source pixel that any result needs. */
  int end() {
    return first[size() - 1] + length[size() - 1];
  }

  /** The weights as fixed-point numbers of {@link #FRACTION_BITS}. */
  int[] fixedPoint() {
    int[] fixed = new int[weights.length];
    for (int i = 0; i < fixed.length; i++) {
      double scaled = weights[i] * (1 << FRACTION_BITS);
      fixed[i] = (int) (weights[i] < 0 ? scaled - 0.5 : scaled + 0.5);
    }
    return fixed;
  }
}
