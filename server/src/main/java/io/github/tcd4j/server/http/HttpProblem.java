package io.github.tcd4j.server.http;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.server.engine.Failure;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An answer that is an error: its status and one sentence. */
public final class HttpProblem extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  private static final Set<String> FIELDS =
      Set.of(
          "prompt",
          "negative",
          "steps",
          "timesteps",
          "gamma",
          "eta",
          "guidance",
          "sampler",
          "seed",
          "count",
          "batch",
          "width",
          "height",
          "spacing",
          "prediction",
          "syntax");

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
          new HttpProblem(
              400, "invalid_value", failure.message(), field(failure.message()), failure.hint());
      case FAILED -> new HttpProblem(500, "failed", failure.message(), null, failure.hint());
      // Not one of 5xx, after which clients send the same again.
      case OUT_OF_MEMORY ->
          new HttpProblem(422, "out_of_memory", failure.message(), null, failure.hint());
      case BUG -> new HttpProblem(500, "internal_error", failure.message(), null, failure.hint());
    };
  }

  /** Messages of the libraries begin with the name of what is wrong. */
  private static @Nullable String field(String message) {
    String first = message.replaceFirst("[ ,:].*", "");
    return first.equals("LoRA")
        ? "loras"
        : first.equals("picture") ? "image" : FIELDS.contains(first) ? first : null;
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
