package io.github.tcd4j.server.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.server.engine.EngineClosedException;
import io.github.tcd4j.server.engine.Failure;
import io.github.tcd4j.server.engine.FolderFilter;
import io.github.tcd4j.server.engine.QueueFullException;
import java.util.Locale;

/**
 * An error as JSON that clients of all three API families read: OpenAI's {@code error.message},
 * {@code error.type}, {@code error.code} and {@code error.param}, and the {@code detail} of
 * AUTOMATIC1111's. Never a path, never a stack trace.
 *
 * @param status of the response
 * @param json its body
 * @param retryAfter seconds after which to try again; 0 for none
 */
public record ErrorBody(int status, ObjectNode json, long retryAfter) {
  private static final int LONGEST = 800;

  /** The answer to an exception. */
  public static ErrorBody of(Throwable e, FolderFilter filter) {
    if (e instanceof HttpProblem p) {
      return of(p, p.status() == 429 ? 1 : 0);
    }
    if (e instanceof QueueFullException full) {
      HttpProblem p = new HttpProblem(429, "queue_full", String.valueOf(full.getMessage()));
      return of(p, full.retryAfter().toSeconds());
    }
    if (e instanceof EngineClosedException closed) {
      return of(new HttpProblem(503, "shutting_down", String.valueOf(closed.getMessage())), 5);
    }
    return of(HttpProblem.of(Failure.of(e, filter)), 0);
  }

  private static ErrorBody of(HttpProblem p, long retryAfter) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode error = json.putObject("error");
    String message = shortened(String.valueOf(p.getMessage()));
    error.put("message", message);
    error.put("type", type(p.status()));
    error.put("code", p.code());
    error.put("param", p.field());
    put(error, p.hint());
    json.put("detail", message);
    return new ErrorBody(p.status(), json, retryAfter);
  }

  /** A sentence may repeat a value that somebody sent, of any length. */
  private static String shortened(String message) {
    return message.length() <= LONGEST ? message : message.substring(0, LONGEST) + "...";
  }

  /** The hint as a word for programs and as a sentence. */
  public static void put(ObjectNode json, Hint hint) {
    String advice = HintAdvice.of(hint);
    if (!advice.isEmpty()) {
      json.put("hint", hint.name().toLowerCase(Locale.ROOT));
      json.put("advice", advice);
    }
  }

  /** OpenAI's word for the kind of error. */
  private static String type(int status) {
    return switch (status) {
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 429 -> "rate_limit_error";
      default -> status < 500 ? "invalid_request_error" : "server_error";
    };
  }
}
