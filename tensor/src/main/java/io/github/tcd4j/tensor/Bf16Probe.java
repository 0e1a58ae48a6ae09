package io.github.tcd4j.tensor;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Whether this processor computes faster in bfloat16, found by trying it: one linear layer and one
 * convolution of a U-Net's usual size, in less than 200 ms. Processors without the instructions
 * emulate them, and names and flags do not tell what a virtual machine really gives.
 */
public final class Bf16Probe {
  /** A gain below this is not worth the digits. */
  private static final double WORTH = 0.9;

  private static final int RUNS = 3;
  private static final Map<Integer, Double> KNOWN = new ConcurrentHashMap<>();

  private Bf16Probe() {}

  /** Time in bfloat16 over time in float32, with the threads that are set now; tried once. */
  public static double ratio() {
    return KNOWN.computeIfAbsent(Engine.threads(), n -> measured());
  }

  /** Whether {@link #ratio} is worth it. */
  public static boolean faster() {
    return ratio() < WORTH;
  }

  private static double measured() {
    return seconds(DType.BF16) / seconds(DType.F32);
  }

  private static double seconds(DType type) {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(0)) {
      Tensor rows = random.normal(1024, 640).to(type);
      Tensor weight = random.normal(640, 640).to(type);
      Tensor map = random.normal(1, 320, 16, 16).to(type).channelsLast();
      Tensor kernel = random.normal(320, 320, 3, 3).to(type).channelsLast();
      return best(() -> Functional.linear(rows, weight, null))
          + best(() -> Functional.conv2d(map, kernel, null, 1, 1));
    }
  }

  /** The first run, which builds the kernel, does not count. */
  private static double best(Supplier<Tensor> body) {
    double best = Double.MAX_VALUE;
    for (int i = 0; i < RUNS; i++) {
      long start = System.nanoTime();
      try (Tensor result = body.get()) {
        best = Math.min(best, (System.nanoTime() - start) / 1e9);
      }
    }
    return best;
  }
}
