package io.github.tcd4j.files;

import java.util.Objects;

/**
 * The root of every exception of this project: something failed for a reason outside of the code,
 * and the message is one sentence for the user. Any other exception is a bug.
 */
public class Tcd4jException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Hint hint;

  public Tcd4jException(String message) {
    this(message, Hint.NONE);
  }

  public Tcd4jException(String message, Throwable cause) {
    super(message, cause);
    hint = Hint.NONE;
  }

  public Tcd4jException(String message, Hint hint, Throwable cause) {
    super(message, cause);
    this.hint = Objects.requireNonNull(hint, "hint");
  }

  public Tcd4jException(String message, Hint hint) {
    super(message);
    this.hint = Objects.requireNonNull(hint, "hint");
  }

  /** What to change so that it works; {@link Hint#NONE} where the message says all. */
  public Hint hint() {
    return hint;
  }
}
