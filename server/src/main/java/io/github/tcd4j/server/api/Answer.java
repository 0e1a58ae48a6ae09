package io.github.tcd4j.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;

/** Writes answers. */
public final class Answer {
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

  /** A picture. */
  public static void png(Context ctx, byte[] png) {
    ctx.contentType("image/png");
    ctx.result(png);
  }
}
