package io.github.tcd4j.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One request with a picture of {@code oracle/make_input_fixtures.py}.
 *
 * @param model name of the case
 * @param base folder of the fidelity fixtures
 */
record InputCase(String model, String base, int number, JsonNode settings) {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final FixtureFolder FIXTURES = new FixtureFolder("input");

  static Path resource(String name) {
    return FIXTURES.resource(name);
  }

  static List<InputCase> all() {
    return FIXTURES.runs(
        (c, n, run) -> new InputCase(c.path("case").asText(), c.path("base").asText(), n, run));
  }

  /** The row of the table that it belongs to. */
  String kind() {
    String guided = settings.path("guidance").asDouble(1) > 1 ? ", guided" : "";
    String what = settings.has("mask") ? "mask" : model.startsWith("edit") ? "edit" : "image";
    return what + ": " + settings.path("sampler").asText() + guided;
  }

  Request.Builder request(String prompt) {
    Request.Builder r =
        Request.builder(prompt)
            .syntax(PromptSyntax.PLAIN)
            .sampler(settings.path("sampler").asText())
            .guidance(settings.path("guidance").asDouble(1))
            .seed(settings.path("seed").asLong(42))
            .count(settings.path("count").asInt(1))
            .image(resource("source.png"));
    if (settings.has("timesteps")) {
      List<Double> times = new ArrayList<>();
      settings.path("timesteps").forEach(t -> times.add(t.asDouble()));
      r.timesteps(times);
    } else {
      r.steps(settings.path("steps").asInt());
    }
    if (settings.has("gamma")) {
      r.gamma(settings.path("gamma").asDouble());
    }
    if (settings.has("negative")) {
      r.negative(settings.path("negative").asText());
    }
    if (settings.has("width")) {
      r.size(settings.path("width").asInt(), settings.path("height").asInt());
    }
    if (settings.has("strength")) {
      r.strength(settings.path("strength").asDouble());
    }
    if (settings.has("mask")) {
      r.mask(resource("mask.png")).paste(false);
    }
    if (settings.has("image_guidance")) {
      r.imageGuidance(settings.path("image_guidance").asDouble());
    }
    return r;
  }

  /** What diffusers made; null where it is not stored. */
  Tensor expected(String key) {
    try (SafeTensors file = SafeTensors.open(resource(model + ".safetensors"))) {
      return file.get(key + " " + number);
    }
  }

  boolean hasImage() {
    try (SafeTensors file = SafeTensors.open(resource(model + ".safetensors"))) {
      return file.names().contains("image " + number);
    }
  }

  /** The base with what the case has in the place of its networks. */
  static ModelFolder open(String model, String base, Path temporary) {
    Path folder = folder(model, base, temporary);
    ComponentOverrides others =
        model.equals("tiny")
            ? ComponentOverrides.NONE.withVae(resource("tiny-vae"))
            : ComponentOverrides.NONE;
    return ModelFolder.open(model, folder, others);
  }

  /** The base's folder with a U-Net that reads more channels, where the case has one. */
  private static Path folder(String model, String base, Path temporary) {
    Path source = FidelityCases.resource(base);
    try (SafeTensors stored = SafeTensors.open(resource(model + ".safetensors"));
        Scope scope = Scope.inference()) {
      if (!stored.names().contains("conv_in")) {
        return source;
      }
      Path folder = Tiny.copy(source, temporary.resolve(model));
      Path config = folder.resolve("unet/config.json");
      ObjectNode entries = (ObjectNode) JSON.readTree(config.toFile());
      entries.put("in_channels", stored.get("conv_in").size(1));
      Files.writeString(config, entries.toString());
      Path weights = folder.resolve("unet/diffusion_pytorch_model.safetensors");
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      try (SafeTensors file = SafeTensors.open(weights)) {
        file.names().forEach(n -> tensors.put(n, file.get(n).copy()));
      }
      tensors.put("conv_in.weight", stored.get("conv_in").copy());
      SafeTensorsWriter.write(weights, tensors, Map.of());
      return folder;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return model + " " + number + " " + settings;
  }
}
