package io.github.tcd4j.tensor;

import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.global.torch;

/** Decompositions of symmetric matrices, as in {@code torch.linalg}; float64 wherever it counts. */
public final class LinearAlgebra {
  private LinearAlgebra() {}

  /**
   * Eigenvalues (n), ascending, and orthonormal eigenvectors (n, n), one a column: the matrix is
   * vectors times diag(values) times vectors transposed.
   */
  public record Eigen(Tensor values, Tensor vectors) {}

  /** Of a symmetric matrix (n, n), of which only the lower triangle is read. */
  public static Eigen eigh(Tensor symmetric) {
    try (T_TensorTensor_T pair =
        NativeCall.call("eigh", () -> torch.linalg_eigh(symmetric.handle(), "L"), symmetric)) {
      // Handles of their own: what get0 and get1 give lies in the memory of the pair.
      return new Eigen(
          new Tensor(new org.bytedeco.pytorch.Tensor(pair.get0())),
          new Tensor(new org.bytedeco.pytorch.Tensor(pair.get1())));
    }
  }

  /** The eigenvalues (n) alone, ascending; about twice as fast as {@link #eigh}. */
  public static Tensor eigenvalues(Tensor symmetric) {
    return NativeCall.op(
        "eigenvalues", () -> torch.linalg_eigvalsh(symmetric.handle(), "L"), symmetric);
  }

  /** The singular values (min(m, n)) of a matrix (m, n), descending. */
  public static Tensor singularValues(Tensor matrix) {
    return NativeCall.op(
        "singularValues",
        () -> torch.linalg_svdvals(matrix.handle(), new StringViewOptional()),
        matrix);
  }

  /** Sum of the diagonal of a matrix (n, n). */
  public static Tensor trace(Tensor matrix) {
    return NativeCall.op("trace", () -> matrix.handle().trace(), matrix);
  }
}
