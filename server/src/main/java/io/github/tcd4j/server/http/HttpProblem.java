package io.github.tcd4j.server.http;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.server.engine.Failure;
import org.jspecify.annotations.Nullable;

/** An answer that is an error: its status and one sentence. */
public final class HttpProblem extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;
  private final @Nullable String field;

  public HttpProblem(int status, String code, String message) {
    this(status, code, message, null, Hint.NONE);
  }

  private HttpProblem(int status, String code, String message, @Nullable String field, Hint hint) {
    super(message, hint);
    this.status = status;
    this.code = code;
    this.field = field;
  }

  /** A value of a request that cannot be. */
  public static HttpProblem invalid(String field, String message) {
    return new HttpProblem(400, "invalid_value", message, field, Hint.NONE);
  }

  /** Something that is not there. */
  public static HttpProblem notFound(String message) {
    return new HttpProblem(404, "not_found", message);
  }

  /** A job that failed. */
  public static HttpProblem of(Failure failure) {
    return switch (failure.kind()) {
      case INVALID ->
          new HttpProblem(400, "invalid_value", failure.message(), null, failure.hint());
      case FAILED -> new HttpProblem(500, "failed", failure.message(), null, failure.hint());
      // Not one of 5xx, after which clients send the same again.
      case OUT_OF_MEMORY ->
          new HttpProblem(422, "out_of_memory", failure.message(), null, failure.hint());
      case BUG -> new HttpProblem(500, "internal_error", failure.message(), null, failure.hint());
    };
  }

  public int status() {
    return status;
  }

  /** A word for programs. */
  public String code() {
    return code;
  }

  /** The field of the request; null if it is none. */
  public @Nullable String field() {
    return field;
  }
}
