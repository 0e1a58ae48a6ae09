package io.github.tcd4j.training.recipe;

import static io.github.tcd4j.training.recipe.RecipeException.require;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * What a training run does.
 *
 * @param task what is trained: {@code text-image}, {@code autoencoder}, {@code teacher}, {@code
 *     distill}, {@code controlnet}, {@code ip-adapter} or {@code tiny-autoencoder}
 * @param data folder of WebDataset shards
 * @param seed from which every random number of the run follows
 * @param steps optimiser steps
 * @param batch examples of one micro-batch
 * @param accumulate micro-batches whose gradients are summed up for one step
 * @param parallel micro-batches of a step that are computed at once, each with its share of {@code
 *     threads}: on many processors faster than one micro-batch with all of them; divides {@code
 *     accumulate} and {@code threads}; a step has the bits of one with the share in turn. Absent: 1
 * @param precision arithmetic of linear and convolution layers
 * @param threads of the native library; fixed, since the last bits depend on it
 * @param checkpointEvery steps between two checkpoints
 * @param keep newest checkpoints that are kept
 * @param sampleEvery steps between two sample pictures, 0 for none
 * @param probeEvery steps between two measurements of the loss on the same examples in float32, and
 *     of the errors that the task knows; 0 for none. Absent: as often as samples, or where there
 *     are none, as checkpoints
 * @param settings the task's own entries, read strictly by the task
 */
public record Recipe(
    String task,
    String data,
    long seed,
    long steps,
    int batch,
    int accumulate,
    @Nullable Integer parallel,
    Precision precision,
    int threads,
    LearningRate rate,
    Optimizer optimizer,
    @Nullable Ema ema,
    long checkpointEvery,
    int keep,
    long sampleEvery,
    @Nullable Long probeEvery,
    JsonNode settings) {
  /** Arithmetic of linear and convolution layers; the rest, and the weights, stay float32. */
  public enum Precision {
    F32,
    BF16
  }

  public Recipe {
    require(steps >= 1, "steps", "at least 1", steps);
    require(batch >= 1, "batch", "at least 1", batch);
    require(accumulate >= 1, "accumulate", "at least 1", accumulate);
    require(threads >= 1, "threads", "at least 1", threads);
    int atOnce = parallel == null ? 1 : parallel;
    require(atOnce >= 1, "parallel", "at least 1", atOnce);
    require(
        accumulate % atOnce == 0, "parallel", "a divisor of accumulate = " + accumulate, atOnce);
    require(threads % atOnce == 0, "parallel", "a divisor of threads = " + threads, atOnce);
    require(checkpointEvery >= 1, "checkpoint_every", "at least 1", checkpointEvery);
    require(keep >= 1, "keep", "at least 1", keep);
    require(sampleEvery >= 0, "sample_every", "at least 0", sampleEvery);
    long probes = probeEvery == null ? 0 : probeEvery;
    require(probes >= 0, "probe_every", "at least 0", probes);
  }

  /** Micro-batches that are computed at once. */
  public int atOnce() {
    return parallel == null ? 1 : parallel;
  }

  /** Steps between two probes, 0 for none. */
  public long probeRhythm() {
    return probeEvery != null ? probeEvery : sampleEvery > 0 ? sampleEvery : checkpointEvery;
  }
}
