package io.github.tcd4j.pipeline.preview;

/** A small symmetric system of equations, by elimination with the greatest pivot. */
final class LeastSquares {
  /** Share of the greatest diagonal element that keeps a channel without influence solvable. */
  private static final double RIDGE = 1e-9;

  private LeastSquares() {}

  /**
   * Solves A X = B.
   *
   * @param matrix A, n by n, row by row
   * @param right B, n by m, row by row
   * @return X, n rows of m
   */
  static double[][] solve(double[] matrix, double[] right, int n, int m) {
    double[][] a = new double[n][n + m];
    double greatest = 0;
    for (int i = 0; i < n; i++) {
      greatest = Math.max(greatest, matrix[i * n + i]);
    }
    for (int i = 0; i < n; i++) {
      System.arraycopy(matrix, i * n, a[i], 0, n);
      System.arraycopy(right, i * m, a[i], n, m);
      a[i][i] += RIDGE * greatest;
    }
    for (int column = 0; column < n; column++) {
      int pivot = column;
      for (int i = column; i < n; i++) {
        pivot = Math.abs(a[i][column]) > Math.abs(a[pivot][column]) ? i : pivot;
      }
      double[] row = a[pivot];
      a[pivot] = a[column];
      a[column] = row;
      for (int i = 0; i < n; i++) {
        double share = i == column ? 0 : a[i][column] / row[column];
        for (int k = column; share != 0 && k < n + m; k++) {
          a[i][k] -= share * row[k];
        }
      }
    }
    double[][] solved = new double[n][m];
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < m; k++) {
        solved[i][k] = a[i][n + k] / a[i][i];
      }
    }
    return solved;
  }
}
