package io.github.tcd4j.server.a1111;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.server.adapters.ServedAdapter;
import io.github.tcd4j.server.api.Answer;
import io.github.tcd4j.server.engine.ModelCatalog;
import io.github.tcd4j.server.engine.ServedModel;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.function.Supplier;

/** {@code /controlnet}: what clients of the ControlNet extension ask before they send units. */
final class ControlLists {
  /** Of the extension whose units are read; clients choose their fields by it. */
  private static final int VERSION = 2;

  private final ModelCatalog catalog;
  private final Supplier<ServedModel> model;

  /**
   * @param model the one for requests that name none
   */
  ControlLists(ModelCatalog catalog, Supplier<ServedModel> model) {
    this.catalog = catalog;
    this.model = model;
  }

  void addTo(RoutesConfig routes) {
    routes.get("/controlnet/version", ctx -> Answer.json(ctx, object().put("version", VERSION)));
    routes.get("/controlnet/model_list", this::models);
    routes.get("/controlnet/module_list", ControlLists::modules);
  }

  private void models(Context ctx) {
    ObjectNode o = object();
    ArrayNode names = o.putArray("model_list");
    catalog.adapters().fitting(model.get().folder()).stream()
        .map(ServedAdapter::name)
        .forEach(names::add);
    Answer.json(ctx, o);
  }

  private static void modules(Context ctx) {
    ObjectNode o = object();
    ArrayNode names = o.putArray("module_list");
    List.of("none", "canny", "ip-adapter-auto").forEach(names::add);
    o.putObject("module_detail");
    Answer.json(ctx, o);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
