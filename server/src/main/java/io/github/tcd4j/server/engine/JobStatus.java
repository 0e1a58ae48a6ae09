package io.github.tcd4j.server.engine;

import io.github.tcd4j.files.Note;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job at one moment.
 *
 * @param version grows with every change
 * @param position in the queue, 1 for the next; 0 when it does not wait
 * @param step steps taken, of all its batches
 * @param steps of all its batches; 0 before the first
 * @param pictures finished
 * @param left until it ends, estimated; null if nothing is known yet, or it has ended
 * @param failure null unless it failed
 * @param notes what the user should know
 */
public record JobStatus(
    JobState state,
    long version,
    int position,
    int step,
    int steps,
    int pictures,
    Instant created,
    @Nullable Instant started,
    @Nullable Instant ended,
    @Nullable Duration left,
    @Nullable Failure failure,
    List<Note> notes) {
  public JobStatus {
    notes = List.copyOf(notes);
  }
}
