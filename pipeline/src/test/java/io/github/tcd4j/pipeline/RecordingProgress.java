package io.github.tcd4j.pipeline;

import java.util.ArrayList;
import java.util.List;

/** Writes down what it receives. */
final class RecordingProgress implements Progress {
  final List<String> notes = new ArrayList<>();
  final List<String> steps = new ArrayList<>();

  @Override
  public void note(String message) {
    notes.add(message);
  }

  @Override
  public void step(int done, int of) {
    steps.add(done + "/" + of);
  }
}
