package io.github.tcd4j.server.jobs;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.ResolvedRequest;
import io.github.tcd4j.pipeline.Version;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import io.github.tcd4j.server.adapters.ServedAdapter;
import io.github.tcd4j.server.api.Answer;
import io.github.tcd4j.server.api.RequestJson;
import io.github.tcd4j.server.engine.EngineSettings;
import io.github.tcd4j.server.engine.GenerationEngine;
import io.github.tcd4j.server.engine.RequestLimits;
import io.github.tcd4j.server.engine.ServedModel;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

/** What can be requested: models with their LoRAs and defaults, samplers, limits. */
public final class CatalogApi {
  private final GenerationEngine engine;

  public CatalogApi(GenerationEngine engine) {
    this.engine = engine;
  }

  /** Adds its addresses. */
  public void addTo(RoutesConfig routes) {
    routes.get("/api/models", this::models);
    routes.get("/api/samplers", CatalogApi::samplers);
    routes.get("/api/capabilities", this::capabilities);
  }

  private void models(Context ctx) {
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    ArrayNode models = o.putArray("models");
    for (ServedModel model : engine.catalog().all()) {
      ObjectNode m = models.addObject();
      m.put("name", model.name());
      m.put("family", model.folder().family().name());
      m.put("bytes", model.bytes());
      engine.catalog().loras(model).forEach(m.putArray("loras")::add);
      ArrayNode adapters = m.putArray("adapters");
      for (ServedAdapter a : engine.catalog().adapters().fitting(model.folder())) {
        adapters.addObject().put("name", a.name()).put("kind", a.kind().key());
      }
      ResolvedRequest usual =
          ResolvedRequest.of(
              model.folder(),
              Request.builder("").syntax(PromptSyntax.A1111).build(),
              engine.settings().device());
      ObjectNode defaults = RequestJson.of(usual.settings(), 1);
      defaults.remove("prompt");
      defaults.remove("seed");
      m.set("defaults", defaults);
    }
    Answer.json(ctx, o);
  }

  private static void samplers(Context ctx) {
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    ArrayNode samplers = o.putArray("samplers");
    for (SamplerDescriptor s : Samplers.all()) {
      ObjectNode n = samplers.addObject();
      n.put("name", s.name());
      n.put("label", s.label());
      n.put("summary", s.summary());
      n.put("default_steps", s.defaultSteps());
      n.put("distilled", s.distilledAs());
      s.parameters().forEach(n.putArray("parameters")::add);
    }
    Answer.json(ctx, o);
  }

  private void capabilities(Context ctx) {
    EngineSettings s = engine.settings();
    RequestLimits limits = s.limits();
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    o.put("version", Version.TCD4J);
    o.put("device", s.device().toString());
    o.put("queue", s.queue());
    o.put("waiting", engine.waiting());
    o.put("max_pixels", limits.pixels());
    o.put("max_count", limits.count());
    o.put("max_pixel_steps", limits.work());
    o.put("max_prompt_characters", limits.promptCharacters());
    o.put("keeps_minutes", s.resultAge().toMinutes());
    Answer.json(ctx, o);
  }
}
