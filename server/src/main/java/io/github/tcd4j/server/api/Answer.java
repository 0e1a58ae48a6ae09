package io.github.tcd4j.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Writes answers. */
public final class Answer {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Answer() {}

  /** JSON with status 200. */
  public static void json(Context ctx, JsonNode body) {
    json(ctx, 200, body);
  }

  /** JSON with a status. */
  public static void json(Context ctx, int status, JsonNode body) {
    ctx.status(status);
    ctx.contentType("application/json");
    ctx.result(body.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** JSON that holds pictures: written as it goes, not gathered in memory. */
  public static void stream(Context ctx, JsonNode body) {
    ctx.contentType("application/json");
    try {
      MAPPER.writeValue(ctx.res().getOutputStream(), body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A picture. */
  public static void png(Context ctx, byte[] png) {
    ctx.contentType("image/png");
    ctx.result(png);
  }
}
