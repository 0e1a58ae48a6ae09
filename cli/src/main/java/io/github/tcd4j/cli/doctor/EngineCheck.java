package io.github.tcd4j.cli.doctor;

import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.NativeCache;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import java.util.Locale;

/** Whether libtorch loads and computes what it should. */
record EngineCheck() implements Check {
  /** The first number of PyTorch's generator from seed 0. */
  private static final double FIRST_NORMAL = 1.540996;

  private static final String FIX =
      "delete the library cache above, and on Linux have glibc 2.28 or newer";

  private static final String CUDA_FIX =
      "this is the build for NVIDIA GPUs: have the libraries of CUDA 13 and cuDNN 9 on LD_LIBRARY_PATH"
          + " (PATH on Windows), or start without TCD4J_CUDA=1";

  @Override
  public String part() {
    return "libtorch";
  }

  @Override
  public CheckResult run() {
    long start = System.nanoTime();
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(0)) {
      double first = random.normal(1).item();
      double seconds = (System.nanoTime() - start) / 1e9;
      String found = String.format(Locale.ROOT, "%s, loaded in %.1f s", Engine.version(), seconds);
      return Math.abs(first - FIRST_NORMAL) < 1e-5
          ? CheckResult.ok(part(), found)
          : CheckResult.failure(
              part(),
              found + ", but its random numbers are not PyTorch's",
              "start with ./tcd4j, which puts no other libtorch on the class path");
    } catch (LinkageError e) {
      return CheckResult.failure(
          part(),
          "does not load: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
          NativeCache.isForNvidia() ? CUDA_FIX : FIX);
    }
  }
}
