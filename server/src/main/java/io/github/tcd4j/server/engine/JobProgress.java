package io.github.tcd4j.server.engine;

import io.github.tcd4j.files.Note;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import java.time.Duration;

/** Passes a run's progress on to its job, and ends the run where somebody has cancelled it. */
final class JobProgress implements Progress {
  private final Job job;
  private final EngineListener listener;
  private final FolderFilter filter;
  private long last = System.nanoTime();

  JobProgress(Job job, EngineListener listener, FolderFilter filter) {
    this.job = job;
    this.listener = listener;
    this.filter = filter;
  }

  @Override
  public void note(String message) {
    note(Note.of(message));
  }

  @Override
  public void note(Note note) {
    job.note(new Note(filter.apply(note.text()), note.hint()));
  }

  @Override
  public void started(GenerationSettings settings) {
    job.checkCancelled();
  }

  @Override
  public void samplingStarted() {
    job.checkCancelled();
    job.samplingStarted();
    last = System.nanoTime();
  }

  @Override
  public void step(int done, int steps) {
    long now = System.nanoTime();
    job.step(done, steps);
    listener.step(job, Duration.ofNanos(now - last));
    last = now;
    job.checkCancelled();
  }
}
