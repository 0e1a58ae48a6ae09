package io.github.tcd4j.server.http;

import io.github.tcd4j.server.engine.FolderFilter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Errors found before any of our code: bytes that are no HTTP, headers that are too long. */
public final class JettyErrors extends ErrorHandler {
  @Override
  public boolean errorPageForMethod(String method) {
    return true;
  }

  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int code,
      @Nullable String message,
      @Nullable Throwable cause,
      Callback callback) {
    SecurityHeaders.set(response.getHeaders());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    Content.Sink.write(response, true, json(code), callback);
  }

  @Override
  public @Nullable ByteBuffer badMessageError(
      int status, @Nullable String reason, HttpFields.Mutable fields) {
    fields.put(HttpHeader.CONTENT_TYPE, "application/json");
    return ByteBuffer.wrap(json(status).getBytes(StandardCharsets.UTF_8));
  }

  /** Answers a request of which not all has come: the connection ends with the answer. */
  public static void answer(Response response, HttpProblem problem, Callback callback) {
    SecurityHeaders.set(response.getHeaders());
    response.setStatus(problem.status());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.getHeaders().put(HttpHeader.CONNECTION, "close");
    if (problem.status() == 429) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, 1);
    }
    Content.Sink.write(response, true, json(problem), callback);
  }

  /** All bytes of an answer that ends its connection. */
  public static byte[] whole(HttpProblem problem) {
    byte[] body = json(problem).getBytes(StandardCharsets.UTF_8);
    String head =
        ("HTTP/1.1 " + problem.status() + " " + HttpStatus.getMessage(problem.status()))
            + "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
            + (body.length + "\r\n\r\n");
    byte[] start = head.getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(start, start.length + body.length);
    System.arraycopy(body, 0, all, start.length, body.length);
    return all;
  }

  private static String json(int status) {
    return json(new HttpProblem(status, "bad_http", sentence(status)));
  }

  private static String json(HttpProblem problem) {
    return ErrorBody.of(problem, new FolderFilter(List.of())).json().toString();
  }

  private static String sentence(int status) {
    return switch (status) {
      case 404 -> "there is nothing at this address";
      case 408 -> "the request came too slowly";
      case 413 -> "the request is too large";
      case 414 -> "the address of the request is too long";
      case 431 -> "the headers of the request are too long";
      case 505 -> "the request is not of HTTP/1.1";
      case 503 -> "the server is busy or shutting down";
      default ->
          status < 500 ? "the request is not valid HTTP" : "the request could not be handled";
    };
  }
}
