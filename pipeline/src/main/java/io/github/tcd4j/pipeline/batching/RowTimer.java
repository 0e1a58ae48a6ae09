package io.github.tcd4j.pipeline.batching;

import io.github.tcd4j.pipeline.internal.UNetEvaluator;
import io.github.tcd4j.pipeline.internal.UNetRows;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.time.Duration;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures a U-Net at the first evaluation of a request of one row, and ends the request there.
 * Each size is measured once to warm up and then up to {@value #REPETITIONS} times, of which the
 * least counts.
 */
public final class RowTimer implements UNetEvaluator {
  private static final int[] SIZES = {1, 2, 4, 8};
  private static final int REPETITIONS = 5;

  /** From which on a repetition is not worth its time. */
  private static final Duration SLOW = Duration.ofMillis(500);

  private final Duration budget;
  private final BooleanSupplier goOn;
  private @Nullable RowTimes result;

  /**
   * @param budget for all; sizes that would exceed it are left out
   * @param goOn asked before each evaluation; the measurement ends where it is false
   */
  public RowTimer(Duration budget, BooleanSupplier goOn) {
    this.budget = budget;
    this.goOn = goOn;
  }

  /** What was measured; null where it was stopped, or the budget is too small for two sizes. */
  public @Nullable RowTimes result() {
    return result;
  }

  /** Always throws a {@link CancellationException}, when it has measured. */
  @Override
  public Evaluated evaluate(UNetRows rows, Tensor x, Tensor t, Tensor s) {
    SortedMap<Integer, Duration> times = new TreeMap<>();
    long start = System.nanoTime();
    long one = time(1, rows, x, t, s);
    for (int n : SIZES) {
      long spent = System.nanoTime() - start;
      if (spent + n * one > budget.toNanos()) {
        break;
      }
      // The first call of a size makes its kernels; a slow network does not notice.
      long least = time(n, rows, x, t, s);
      long left = budget.toNanos() - (System.nanoTime() - start);
      for (int i = 0; i < REPETITIONS && least < SLOW.toNanos() && left > 2 * least; i++) {
        least = Math.min(least, time(n, rows, x, t, s));
        left = budget.toNanos() - (System.nanoTime() - start);
      }
      one = n == 1 ? least : one;
      times.put(n, Duration.ofNanos(least));
    }
    if (times.size() > 1) {
      result = new RowTimes(times);
    }
    throw new CancellationException();
  }

  private long time(int n, UNetRows rows, Tensor x, Tensor t, Tensor s) {
    if (!goOn.getAsBoolean()) {
      throw new CancellationException();
    }
    try (Scope scope = Scope.inference()) {
      UNetRows all = n == 1 ? rows : UNetRows.cat(Collections.nCopies(n, rows));
      Tensor latents = x.repeat(n, 1, 1, 1);
      Tensor times = t.repeat(n);
      Tensor destinations = s.repeat(n);
      long start = System.nanoTime();
      // Reads the output, for which an accelerator must have computed it.
      boolean finite = all.forward(latents, times, destinations).isFinite();
      long took = System.nanoTime() - start;
      if (!finite) {
        throw new CancellationException();
      }
      return took;
    }
  }
}
