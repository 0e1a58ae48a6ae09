package io.github.tcd4j.springai;

import io.github.tcd4j.files.InvalidRequestException;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts images and times calls: {@code tcd4j.images} and {@code tcd4j.generation}, the time that a
 * call waits for others included. The labels are model and outcome, never a prompt.
 */
final class GenerationMeters {
  private final @Nullable MeterRegistry registry;
  private final String model;
  private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

  GenerationMeters(@Nullable MeterRegistry registry, String model) {
    this.registry = registry;
    this.model = model;
  }

  /**
   * Runs a call under the clock.
   *
   * @param images how many it makes
   */
  <T> T time(int images, Supplier<T> call) {
    long start = System.nanoTime();
    try {
      T result = call.get();
      failure.set(null);
      record("success", start);
      if (registry != null) {
        registry.counter("tcd4j.images", "model", model).increment(images);
      }
      return result;
    } catch (InvalidRequestException e) {
      record("refused", start);
      throw e;
    } catch (CancellationException e) {
      record("cancelled", start);
      throw e;
    } catch (RuntimeException | Error e) {
      failure.set(String.valueOf(e.getMessage()));
      record("failure", start);
      throw e;
    }
  }

  private void record(String outcome, long start) {
    if (registry != null) {
      registry
          .timer("tcd4j.generation", "model", model, "outcome", outcome)
          .record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    }
  }

  /** Why the last call failed, if it did and it was not for the request; null if it went well. */
  @Nullable String failure() {
    return failure.get();
  }
}
