package io.github.tcd4j.server.engine;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.tensor.TensorException;

/**
 * Why a job failed.
 *
 * @param kind whose fault it is
 * @param message one sentence, without folders of this machine
 * @param hint what to change
 */
public record Failure(Kind kind, String message, Hint hint) {
  /** Whose fault it is. */
  public enum Kind {
    /** The request's. */
    INVALID,
    /** A file's or the computation's. */
    FAILED,
    /** Memory did not suffice; the server is as it was. */
    OUT_OF_MEMORY,
    /** This program's. */
    BUG
  }

  /** What an exception means to who sent the request. */
  public static Failure of(Throwable e, FolderFilter filter) {
    if (e instanceof OutOfMemoryError || TensorException.outOfMemory(e)) {
      return new Failure(
          Kind.OUT_OF_MEMORY, "the request does not fit the memory", Hint.LESS_MEMORY);
    }
    if (e instanceof InvalidRequestException invalid) {
      return new Failure(Kind.INVALID, filter.apply(text(invalid)), invalid.hint());
    }
    if (e instanceof Tcd4jException ours) {
      return new Failure(Kind.FAILED, filter.apply(text(ours)), ours.hint());
    }
    return new Failure(
        Kind.BUG,
        ("unexpected " + e.getClass().getSimpleName())
            + "; this is a bug in tcd4j: please report it, with what the server's log has",
        Hint.NONE);
  }

  private static String text(Throwable e) {
    return String.valueOf(e.getMessage());
  }
}
