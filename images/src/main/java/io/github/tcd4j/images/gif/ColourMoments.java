package io.github.tcd4j.images.gif;

import io.github.tcd4j.images.Image;

/**
 * Number, sums and sums of squares of the colours of pictures in any box of the colour cube, from
 * eight cumulative figures each.
 */
final class ColourMoments {
  /** Cells along each axis; index 0 is the empty sum. */
  static final int SIDE = 33;

  private static final int SHIFT = 3;

  final double[] count = new double[SIDE * SIDE * SIDE];
  final double[] red = new double[count.length];
  final double[] green = new double[count.length];
  final double[] blue = new double[count.length];
  final double[] squares = new double[count.length];

  ColourMoments(Iterable<Image> pictures) {
    for (Image picture : pictures) {
      byte[] rgb = picture.rgb();
      for (int i = 0; i < rgb.length; i += 3) {
        int r = rgb[i] & 255;
        int g = rgb[i + 1] & 255;
        int b = rgb[i + 2] & 255;
        int at = index((r >> SHIFT) + 1, (g >> SHIFT) + 1, (b >> SHIFT) + 1);
        count[at]++;
        red[at] += r;
        green[at] += g;
        blue[at] += b;
        squares[at] += r * r + g * g + b * b;
      }
    }
    for (double[] sums : new double[][] {count, red, green, blue, squares}) {
      cumulate(sums);
    }
  }

  static int index(int r, int g, int b) {
    return (r * SIDE + g) * SIDE + b;
  }

  private static void cumulate(double[] sums) {
    for (int r = 1; r < SIDE; r++) {
      for (int g = 1; g < SIDE; g++) {
        for (int b = 1; b < SIDE; b++) {
          sums[index(r, g, b)] +=
              sums[index(r - 1, g, b)]
                  + sums[index(r, g - 1, b)]
                  + sums[index(r, g, b - 1)]
                  - sums[index(r - 1, g - 1, b)]
                  - sums[index(r - 1, g, b - 1)]
                  - sums[index(r, g - 1, b - 1)]
                  + sums[index(r - 1, g - 1, b - 1)];
        }
      }
    }
  }

  /** The sum in a box, its lower bounds excluded. */
  static double sum(double[] sums, ColourBox x) {
    return sums[index(x.r1(), x.g1(), x.b1())]
        - sums[index(x.r0(), x.g1(), x.b1())]
        - sums[index(x.r1(), x.g0(), x.b1())]
        - sums[index(x.r1(), x.g1(), x.b0())]
        + sums[index(x.r0(), x.g0(), x.b1())]
        + sums[index(x.r0(), x.g1(), x.b0())]
        + sums[index(x.r1(), x.g0(), x.b0())]
        - sums[index(x.r0(), x.g0(), x.b0())];
  }

  /** Length of the vector sum, squared, over the number: greatest where a box is of one colour. */
  double gain(ColourBox x) {
    double n = sum(count, x);
    if (n == 0) {
      return 0;
    }
    double r = sum(red, x);
    double g = sum(green, x);
    double b = sum(blue, x);
    return (r * r + g * g + b * b) / n;
  }

  /** Sum of squared distances of a box's colours from their mean. */
  double spread(ColourBox x) {
    return sum(squares, x) - gain(x);
  }

  /** The mean colour of a box, 0xRRGGBB. */
  int mean(ColourBox x) {
    double n = Math.max(1, sum(count, x));
    long r = Math.round(sum(red, x) / n);
    long g = Math.round(sum(green, x) / n);
    long b = Math.round(sum(blue, x) / n);
    return (int) (r << 16 | g << 8 | b);
  }
}
