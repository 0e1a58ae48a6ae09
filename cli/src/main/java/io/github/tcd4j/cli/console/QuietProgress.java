package io.github.tcd4j.cli.console;

import io.github.tcd4j.files.Note;
import io.github.tcd4j.pipeline.Progress;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The listener of a command that generates many batches and has a bar of its own: notes of the
 * pipeline are printed once, and Ctrl-C takes effect between steps.
 */
public final class QuietProgress implements Progress {
  private final Interrupt interrupt;
  private final Consumer<String> notes;
  private final Set<String> said = new HashSet<>();

  public QuietProgress(Interrupt interrupt, Consumer<String> notes) {
    this.interrupt = interrupt;
    this.notes = notes;
  }

  @Override
  public void note(Note note) {
    note(HintText.of(note));
  }

  @Override
  public void note(String message) {
    if (said.add(message)) {
      notes.accept(message);
    }
  }

  @Override
  public void step(int done, int steps) {
    interrupt.check();
  }
}
