package io.github.tcd4j.server.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.server.api.Answer;
import io.github.tcd4j.server.api.RequestReader;
import io.github.tcd4j.server.engine.ModelCatalog;
import io.github.tcd4j.server.engine.ServedModel;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Instant;

/** {@code GET /v1/models}. */
public final class ModelsApi {
  private final ModelCatalog catalog;
  private final RequestReader reader;
  private final long created = Instant.now().getEpochSecond();

  public ModelsApi(ModelCatalog catalog, RequestReader reader) {
    this.catalog = catalog;
    this.reader = reader;
  }

  /** Adds its addresses. */
  public void addTo(RoutesConfig routes) {
    routes.get("/v1/models", this::list);
    routes.get("/v1/models/{id}", ctx -> Answer.json(ctx, json(reader.model(ctx.pathParam("id")))));
  }

  private void list(Context ctx) {
    ObjectNode o = JsonNodeFactory.instance.objectNode().put("object", "list");
    ArrayNode data = o.putArray("data");
    catalog.all().forEach(m -> data.add(json(m)));
    Answer.json(ctx, o);
  }

  private ObjectNode json(ServedModel model) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", model.name())
        .put("object", "model")
        .put("created", created)
        .put("owned_by", "tcd4j");
  }
}
