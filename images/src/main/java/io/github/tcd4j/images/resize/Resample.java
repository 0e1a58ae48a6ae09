package io.github.tcd4j.images.resize;

/**
 * The filters of Pillow ({@code PIL.Image.Resampling}). All but {@link #NEAREST} are stretched when
 * a picture shrinks, so that every source pixel counts (antialiasing).
 */
public enum Resample {
  /** The source pixel whose area covers the centre of the new one. */
  NEAREST(0),
  /** The mean of the area. */
  BOX(0.5),
  /** A tent. */
  BILINEAR(1),
  /** A window that is sharper than {@link #BILINEAR} and does not ring. */
  HAMMING(1),
  /** Cubic convolution with a = -0.5; OpenCV and torch without antialiasing use -0.75. */
  BICUBIC(2),
  /** Sinc windowed by sinc, three lobes. */
  LANCZOS(3);

  private static final double A = -0.5;

  private final double support;

  Resample(double support) {
    this.support = support;
  }

  /** Half the width of the filter, in source pixels of an unchanged size. */
  double support() {
    return support;
  }

  /** The filter's value at {@code x}, not normalised. */
  double at(double x) {
    double distance = Math.abs(x);
    return switch (this) {
      case NEAREST -> throw new IllegalStateException("nearest neighbours have no weights");
      case BOX -> x > -0.5 && x <= 0.5 ? 1 : 0;
      case BILINEAR -> distance < 1 ? 1 - distance : 0;
      case HAMMING -> hamming(distance);
      case BICUBIC -> bicubic(distance);
      case LANCZOS -> x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    };
  }

  /** The constants are in single precision there too. */
  private static double hamming(double x) {
    if (x == 0) {
      return 1;
    }
    return x >= 1 ? 0 : sinc(x) * (0.54f + 0.46f * StrictMath.cos(x * Math.PI));
  }

  private static double bicubic(double x) {
    if (x < 1) {
      return ((A + 2) * x - (A + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
  }

  private static double sinc(double x) {
    return x == 0 ? 1 : StrictMath.sin(x * Math.PI) / (x * Math.PI);
  }
}
