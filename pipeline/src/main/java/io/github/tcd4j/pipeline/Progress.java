package io.github.tcd4j.pipeline;

import io.github.tcd4j.files.Note;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;

/** Listens to a run. To cancel it, throw {@link java.util.concurrent.CancellationException}. */
public interface Progress {
  /** Hears nothing. */
  Progress SILENT = new Progress() {};

  /** Something that the user should know and that is no error, one sentence. */
  default void note(String message) {}

  /** The same with what to change; by default only its text is passed on. */
  default void note(Note note) {
    note(note.text());
  }

  /** What belongs to a note and is too long for most users, one line. */
  default void detail(String message) {}

  /** All defaults are filled in, and the networks are read next. */
  default void started(GenerationSettings settings) {}

  /** The prompts are read and the U-Net is ready: the first step of a batch begins. */
  default void walking() {}

  /** Step {@code done} of {@code steps} has been taken, from 1. */
  default void step(int done, int steps) {}
}
