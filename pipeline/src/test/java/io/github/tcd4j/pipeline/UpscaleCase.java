package io.github.tcd4j.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.nio.file.Path;
import java.util.List;

/** One picture enlarged by the tiny upscaler of {@code oracle/make_upscale_fixtures.py}. */
record UpscaleCase(int number, JsonNode settings) {
  static final String MODEL = "x4";

  private static final FixtureFolder FIXTURES = new FixtureFolder("upscale");

  static Path resource(String name) {
    return FIXTURES.resource(name);
  }

  static ModelFolder folder() {
    return ModelFolder.open(MODEL, resource(MODEL));
  }

  static List<UpscaleCase> all() {
    return FIXTURES.runs((c, n, run) -> new UpscaleCase(n, run));
  }

  /** The row of the table that it belongs to. */
  String kind() {
    String guided = settings.path("guidance").asDouble(1) > 1 ? ", guided" : "";
    return settings.path("sampler").asText() + guided;
  }

  Request.Builder request(String prompt) {
    Integer level =
        settings.has("noise_level") ? Integer.valueOf(settings.path("noise_level").asInt()) : null;
    Request.Builder r =
        Request.builder(prompt)
            .syntax(PromptSyntax.PLAIN)
            .sampler(settings.path("sampler").asText())
            .steps(settings.path("steps").asInt())
            .guidance(settings.path("guidance").asDouble(1))
            .seed(settings.path("seed").asLong())
            .count(settings.path("count").asInt())
            .image(resource(settings.path("image").asText() + ".png"))
            .upscaling(new Upscaling(null, null, null, level));
    if (settings.has("gamma")) {
      r.gamma(settings.path("gamma").asDouble());
    }
    if (settings.has("negative")) {
      r.negative(settings.path("negative").asText());
    }
    return r;
  }

  /** What diffusers made. */
  Tensor expected(String key) {
    return stored(key + " " + number);
  }

  static Tensor stored(String name) {
    try (SafeTensors file = SafeTensors.open(resource(MODEL + ".safetensors"))) {
      return file.get(name).copy();
    }
  }

  boolean hasImage() {
    try (SafeTensors file = SafeTensors.open(resource(MODEL + ".safetensors"))) {
      return file.names().contains("image " + number);
    }
  }

  @Override
  public String toString() {
    return number + " " + settings;
  }
}
