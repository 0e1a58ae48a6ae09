package io.github.tcd4j.cli.doctor;

import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.NativeCache;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Locale;

/** Which BLAS was really loaded, and how fast it is. */
record BlasCheck() implements Check {
  private static final int SIZE = 768;
  private static final int RUNS = 5;

  @Override
  public String part() {
    return "BLAS";
  }

  @Override
  public CheckResult run() {
    String blas = Engine.blas();
    String found =
        String.format(
            Locale.ROOT,
            "%s, %.0f GFLOP/s in float32 on %d threads",
            blas,
            flops() / 1e9,
            Engine.threads());
    // Only there is an MKL to be had.
    boolean intel = NativeCache.platform().endsWith("x86_64");
    return intel && !blas.equals("MKL")
        ? CheckResult.warning(
            part(),
            found + "; attention is up to 4x slower than with MKL",
            "start with ./tcd4j, or java -Dorg.bytedeco.openblas.load=mkl with the mkl jars")
        : CheckResult.ok(part(), found);
  }

  /** Operations per second of a matrix product, the best of some runs. */
  private static double flops() {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(0)) {
      Tensor a = random.normal(SIZE, SIZE);
      double best = Double.MAX_VALUE;
      for (int i = 0; i < RUNS; i++) {
        long start = System.nanoTime();
        a.matmul(a);
        best = Math.min(best, (System.nanoTime() - start) / 1e9);
      }
      return 2.0 * SIZE * SIZE * SIZE / best;
    }
  }
}
