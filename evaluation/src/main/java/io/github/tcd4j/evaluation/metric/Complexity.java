package io.github.tcd4j.evaluation.metric;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;

/**
 * How much detail a picture has, without any network: the bits per pixel that an ideal coder spends
 * on it.
 *
 * <p>The luminance Y = 0.299 R + 0.587 G + 0.114 B, in 0..255, is cut into 8x8 blocks, and each
 * block is turned into orthonormal cosine coefficients c (DCT-II, the transform of JPEG). The
 * figure is the mean over all pixels of max(0, log2(|c| / {@value #STEP})), the block's mean
 * brightness left out. That is reverse water-filling, Shannon's rate of independent Gaussian
 * coefficients of size c at an error of {@value #STEP} grey levels (about 36 dB).
 *
 * <p>So a flat picture has 0 whatever its colour, a coefficient below {@value #STEP} levels costs
 * nothing (the faint noise of a decoder is no detail), and more energy at any frequency never
 * lowers the figure: blurring lowers it, edges and texture raise it, and so does visible noise,
 * which no such figure can tell from texture. It compares pictures of one size; it is neither
 * ICNet's score nor in its unit.
 */
public final class Complexity {
  /** The error, in grey levels of 0..255, below which a coefficient is free. */
  public static final double STEP = 4;

  private static final int N = 8;

  private Complexity() {}

  /** Bits per pixel of each of U8 pictures (B, 3, H, W); edges are repeated up to whole blocks. */
  public static double[] of(Tensor pictures) {
    if (pictures.dim() != 4 || pictures.size(1) != 3 || pictures.dtype() != DType.U8) {
      throw new IllegalArgumentException("pictures must be U8 (B, 3, H, W) but were " + pictures);
    }
    try (Scope scope = Scope.inference()) {
      long batch = pictures.size(0);
      Tensor rgb = pictures.to(DType.F64);
      Tensor weights = Tensor.of(new double[] {0.299, 0.587, 0.114}, 1, 3, 1, 1);
      Tensor luminance = wholeBlocks(wholeBlocks(rgb.times(weights).sum(false, 1), 1), 2);
      long rows = luminance.size(1) / N;
      long columns = luminance.size(2) / N;
      Tensor blocks = luminance.reshape(batch, rows, N, columns, N).permute(0, 1, 3, 2, 4);
      Tensor dct = transform();
      Tensor coefficients = dct.matmul(blocks).matmul(dct.transpose(0, 1));
      Tensor bits = coefficients.abs().div(STEP).clamp(1, Double.MAX_VALUE).log().div(Math.log(2));
      return bits.times(withoutMean()).mean(false, 1, 2, 3, 4).toDoubleArray();
    }
  }

  private static Tensor wholeBlocks(Tensor x, long dimension) {
    long size = x.size((int) dimension);
    long missing = (N - size % N) % N;
    if (missing == 0) {
      return x;
    }
    Tensor[] parts = new Tensor[1 + (int) missing];
    Arrays.fill(parts, x.narrow(dimension, size - 1, 1));
    parts[0] = x;
    return Tensor.cat(dimension, parts);
  }

  /** The orthonormal DCT-II as a matrix, one frequency a row. */
  private static Tensor transform() {
    double[] m = new double[N * N];
    for (int k = 0; k < N; k++) {
      for (int i = 0; i < N; i++) {
        double scale = Math.sqrt((k == 0 ? 1.0 : 2.0) / N);
        m[k * N + i] = scale * Math.cos(Math.PI * (2 * i + 1) * k / (2 * N));
      }
    }
    return Tensor.of(m, N, N);
  }

  private static Tensor withoutMean() {
    double[] mask = new double[N * N];
    Arrays.fill(mask, 1);
    mask[0] = 0;
    return Tensor.of(mask, N, N);
  }
}
