package io.github.tcd4j.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Errors found before any of our code: bytes that are no HTTP, headers that are too long. */
public final class JettyErrors extends ErrorHandler {
  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int code,
      @Nullable String message,
      @Nullable Throwable cause,
      Callback callback) {
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    Content.Sink.write(response, true, json(code), callback);
  }

  @Override
  public @Nullable ByteBuffer badMessageError(
      int status, @Nullable String reason, HttpFields.Mutable fields) {
    fields.put(HttpHeader.CONTENT_TYPE, "application/json");
    return ByteBuffer.wrap(json(status).getBytes(StandardCharsets.UTF_8));
  }

  private static String json(int status) {
    HttpProblem p = new HttpProblem(status, "bad_http", sentence(status));
    return ErrorBody.of(p, new io.github.tcd4j.server.engine.FolderFilter(java.util.List.of()))
        .json()
        .toString();
  }

  private static String sentence(int status) {
    return switch (status) {
      case 404 -> "there is nothing at this address";
      case 408 -> "the request came too slowly";
      case 413 -> "the request is too large";
      case 414 -> "the address of the request is too long";
      case 431 -> "the headers of the request are too long";
      case 503 -> "the server is busy or shutting down";
      default ->
          status < 500 ? "the request is not valid HTTP" : "the request could not be handled";
    };
  }
}
