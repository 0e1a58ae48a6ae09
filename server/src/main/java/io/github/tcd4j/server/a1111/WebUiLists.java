package io.github.tcd4j.server.a1111;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.server.api.Answer;
import io.github.tcd4j.server.engine.GenerationEngine;
import io.github.tcd4j.server.engine.ServedModel;
import io.javalin.config.RoutesConfig;
import java.util.List;
import java.util.function.Supplier;

/** The lists of {@code /sdapi/v1}: models, LoRAs, samplers, and empty ones of what is not here. */
final class WebUiLists {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final GenerationEngine engine;
  private final Supplier<ServedModel> current;

  WebUiLists(GenerationEngine engine, Supplier<ServedModel> current) {
    this.engine = engine;
    this.current = current;
  }

  void addTo(RoutesConfig routes, String root) {
    list(routes, root + "sd-models", this::models);
    list(routes, root + "loras", this::loras);
    list(routes, root + "samplers", WebUiLists::samplers);
    list(routes, root + "schedulers", WebUiLists::schedulers);
    list(routes, root + "upscalers", WebUiLists::upscalers);
    list(routes, root + "memory", WebUiLists::memory);
    list(routes, root + "embeddings", WebUiLists::embeddings);
    list(routes, root + "scripts", WebUiLists::scripts);
    list(routes, root + "cmd-flags", JSON::objectNode);
    for (String empty :
        List.of(
            "latent-upscale-modes",
            "sd-vae",
            "sd-modules",
            "hypernetworks",
            "face-restorers",
            "realesrgan-models",
            "prompt-styles",
            "script-info",
            "artist-categories",
            "artists",
            "extensions")) {
      list(routes, root + empty, JSON::arrayNode);
    }
    for (String refresh : List.of("refresh-checkpoints", "refresh-loras", "refresh-vae")) {
      routes.post(root + refresh, ctx -> Answer.json(ctx, JSON.nullNode()));
    }
  }

  private static void list(RoutesConfig routes, String path, Supplier<JsonNode> json) {
    routes.get(path, ctx -> Answer.json(ctx, json.get()));
  }

  private JsonNode models() {
    ArrayNode models = JSON.arrayNode();
    for (ServedModel model : engine.catalog().all()) {
      String hash = model.folder().fingerprint();
      models
          .addObject()
          .put("title", model.name())
          .put("model_name", model.name())
          .put("hash", hash.substring(0, Math.min(10, hash.length())))
          .putNull("sha256")
          .put("filename", model.name())
          .putNull("config");
    }
    return models;
  }

  private JsonNode loras() {
    ArrayNode loras = JSON.arrayNode();
    for (String name : engine.catalog().loras(current.get())) {
      ObjectNode lora = loras.addObject();
      lora.put("name", name).put("alias", name).put("path", name + ".safetensors");
      lora.putObject("metadata");
    }
    return loras;
  }

  private static JsonNode samplers() {
    ArrayNode samplers = JSON.arrayNode();
    for (SamplerDescriptor s : Samplers.all()) {
      ObjectNode sampler = samplers.addObject().put("name", s.label());
      sampler.putArray("aliases").add(s.name());
      sampler.putObject("options");
    }
    return samplers;
  }

  private static JsonNode schedulers() {
    ArrayNode schedulers = JSON.arrayNode();
    for (String label : List.of("Automatic", "Karras")) {
      schedulers
          .addObject()
          .put("name", label.toLowerCase(java.util.Locale.ROOT))
          .put("label", label)
          .putNull("aliases")
          .put("default_rho", label.equals("Karras") ? 7 : -1)
          .put("need_inner_model", false);
    }
    return schedulers;
  }

  private static JsonNode upscalers() {
    ArrayNode upscalers = JSON.arrayNode();
    upscalers
        .addObject()
        .put("name", "None")
        .putNull("model_name")
        .putNull("model_path")
        .putNull("model_url")
        .put("scale", 1);
    return upscalers;
  }

  private static JsonNode memory() {
    Runtime runtime = Runtime.getRuntime();
    ObjectNode o = JSON.objectNode();
    o.putObject("ram")
        .put("free", runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory())
        .put("used", runtime.totalMemory() - runtime.freeMemory())
        .put("total", runtime.maxMemory());
    o.putObject("cuda");
    return o;
  }

  private static JsonNode embeddings() {
    ObjectNode o = JSON.objectNode();
    o.putObject("loaded");
    o.putObject("skipped");
    return o;
  }

  private static JsonNode scripts() {
    ObjectNode o = JSON.objectNode();
    o.putArray("txt2img");
    o.putArray("img2img");
    return o;
  }
}
