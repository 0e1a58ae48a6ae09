package io.github.tcd4j.server.engine;

import io.github.tcd4j.files.Note;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * A request on its way through the engine. Any thread may read it and wait for its changes; only
 * the engine changes it.
 */
public final class Job {
  /** More notes than this tell nobody anything. */
  private static final int MOST_NOTES = 50;

  private final String id;
  private final JobRequest request;
  private final GenerationSettings settings;
  private final Instant created = Instant.now();

  private final List<Note> notes = new ArrayList<>();
  private final List<JobResult> results = new ArrayList<>();
  private JobState state = JobState.QUEUED;
  private long version = 1;
  private int position;
  private int step;
  private int steps;
  private long samplingSince;
  private @Nullable Instant started;
  private @Nullable Instant ended;
  private @Nullable Duration wait;
  private @Nullable Duration left;
  private @Nullable Failure failure;
  private byte @Nullable [] preview;
  private volatile boolean cancelled;

  Job(String id, JobRequest request, GenerationSettings settings) {
    this.id = id;
    this.request = request;
    this.settings = settings;
  }

  /** Cannot be guessed. */
  public String id() {
    return id;
  }

  public JobRequest request() {
    return request;
  }

  /** Of the first picture, all defaults filled in; its position says how many there are. */
  public GenerationSettings settings() {
    return settings;
  }

  /** How it stands now. */
  public synchronized JobStatus status() {
    return new JobStatus(
        state,
        version,
        position,
        step,
        steps,
        results.size(),
        created,
        started,
        ended,
        state == JobState.QUEUED ? wait : left,
        failure,
        notes);
  }

  /** The pictures that are finished. */
  public synchronized List<JobResult> results() {
    return List.copyOf(results);
  }

  /** A small picture, PNG, of what the running batch shows so far; null if there is none. */
  public synchronized byte @Nullable [] preview() {
    return preview;
  }

  /** Bytes of the finished pictures. */
  synchronized long bytes() {
    return results.stream().mapToLong(r -> r.png().length).sum();
  }

  /**
   * Waits until something is newer than {@code version}, or so long.
   *
   * @return how it stands then
   */
  public synchronized JobStatus await(long since, Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (version <= since) {
      long millis = (end - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        break;
      }
      wait(millis);
    }
    return status();
  }

  /** Waits until it has ended, or so long. */
  public synchronized JobStatus awaitEnd(Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (!state.ended()) {
      long millis = (end - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        break;
      }
      wait(millis);
    }
    return status();
  }

  void requestCancel() {
    cancelled = true;
  }

  /** Ends the work where somebody wants it ended. */
  void checkCancelled() {
    if (cancelled) {
      throw new CancellationException();
    }
  }

  boolean isCancelled() {
    return cancelled;
  }

  synchronized void queuedAt(int place, @Nullable Duration expected) {
    position = place;
    wait = expected;
    changed();
  }

  synchronized void start(@Nullable Duration expected) {
    state = JobState.RUNNING;
    position = 0;
    started = Instant.now();
    left = expected;
    changed();
  }

  synchronized void note(Note note) {
    if (notes.size() < MOST_NOTES && !notes.contains(note)) {
      notes.add(note);
      changed();
    }
  }

  synchronized void samplingStarted() {
    if (samplingSince == 0) {
      samplingSince = System.nanoTime();
    }
  }

  /** What is left follows from the steps taken. */
  synchronized void step(int done, int all) {
    step = done;
    steps = all;
    if (samplingSince != 0 && done > 0) {
      long took = System.nanoTime() - samplingSince;
      left = Duration.ofNanos(took / done * (all - done));
    }
    changed();
  }

  synchronized void preview(byte @Nullable [] png) {
    preview = png;
    changed();
  }

  synchronized void add(JobResult result) {
    results.add(result);
    changed();
  }

  synchronized void end(JobState last, @Nullable Failure reason) {
    state = last;
    failure = reason;
    ended = Instant.now();
    position = 0;
    left = null;
    preview = null;
    changed();
  }

  private void changed() {
    version++;
    notifyAll();
  }
}
