package io.github.tcd4j.tensor;

/**
 * How the window of a 2-D convolution moves.
 *
 * @param stride step of the window on both axes, from 1
 * @param paddingHeight rows of zeros above and below, from 0
 * @param paddingWidth columns of zeros to the left and to the right, from 0
 * @param groups groups of channels that see only themselves, from 1; as many as there are channels
 *     in a depthwise convolution
 */
public record ConvolutionGeometry(int stride, int paddingHeight, int paddingWidth, int groups) {
  public ConvolutionGeometry {
    if (stride < 1 || paddingHeight < 0 || paddingWidth < 0 || groups < 1) {
      throw new IllegalArgumentException(
          String.format(
              "stride and groups must be at least 1 and padding at least 0 but were %d, %d, %dx%d",
              stride, groups, paddingHeight, paddingWidth));
    }
  }

  /** The same padding on both axes, one group. */
  public static ConvolutionGeometry of(int stride, int padding) {
    return new ConvolutionGeometry(stride, padding, padding, 1);
  }

  long[] strides() {
    return new long[] {stride, stride};
  }

  long[] paddings() {
    return new long[] {paddingHeight, paddingWidth};
  }
}
