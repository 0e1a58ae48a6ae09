package io.github.tcd4j.pipeline;

import io.github.tcd4j.files.Notes;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;

/** Listens to a run. To cancel it, throw {@link java.util.concurrent.CancellationException}. */
public interface Progress extends Notes {
  /** Ignores everything. */
  Progress SILENT = new Progress() {};

  /** All defaults are filled in, and the networks are read next. */
  default void started(GenerationSettings settings) {}

  /** The prompts are encoded and the U-Net is ready: the first step of a batch begins. */
  default void samplingStarted() {}

  /** Step {@code done} of {@code steps} has been taken, from 1. */
  default void step(int done, int steps) {}
}
