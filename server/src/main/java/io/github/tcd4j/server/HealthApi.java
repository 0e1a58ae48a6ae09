package io.github.tcd4j.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.server.api.Answer;
import io.github.tcd4j.server.engine.Failure;
import io.github.tcd4j.server.engine.GenerationEngine;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;

/** Whether the process lives, and whether it can take a job now. */
final class HealthApi {
  /** For those who watch the process, who have no token. */
  static final List<String> ADDRESSES = List.of("/healthz", "/readyz");

  private final GenerationEngine engine;

  HealthApi(GenerationEngine engine) {
    this.engine = engine;
  }

  void addTo(RoutesConfig routes) {
    routes.get("/healthz", ctx -> Answer.json(ctx, 200, status("ok")));
    routes.get("/readyz", this::ready);
  }

  private void ready(Context ctx) {
    Failure failure = engine.unready();
    boolean ready = engine.isReady();
    ObjectNode o = status(ready ? "ready" : "not ready");
    if (failure != null) {
      o.put("reason", failure.message());
    } else if (!ready) {
      o.put("reason", "the default model is being read, or the queue is full");
    }
    Answer.json(ctx, ready ? 200 : 503, o);
  }

  private static ObjectNode status(String word) {
    return JsonNodeFactory.instance.objectNode().put("status", word);
  }
}
