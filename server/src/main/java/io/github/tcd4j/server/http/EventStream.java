package io.github.tcd4j.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Server-sent events, written by the thread of the request, so that a slow reader slows only it.
 */
public final class EventStream {
  private final OutputStream out;

  private EventStream(OutputStream out) {
    this.out = out;
  }

  /** Begins the answer. */
  public static EventStream begin(Context ctx) throws IOException {
    ctx.res().setContentType("text/event-stream");
    ctx.res().setCharacterEncoding("UTF-8");
    ctx.res().setHeader("X-Accel-Buffering", "no");
    EventStream stream = new EventStream(ctx.res().getOutputStream());
    stream.write(": ok\n\n");
    return stream;
  }

  /**
   * Sends an event.
   *
   * @throws IOException if the client has gone
   */
  public void send(String name, long id, JsonNode data) throws IOException {
    write("event: " + name + "\nid: " + id + "\ndata: " + data + "\n\n");
  }

  /** Keeps the connection open, and finds out whether it still is. */
  public void keepAlive() throws IOException {
    write(": still here\n\n");
  }

  private void write(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
