package io.github.tcd4j.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.ControlType;
import io.github.tcd4j.pipeline.adapter.HintPicture;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request with adapters of {@code oracle/make_adapter_fixtures.py}.
 *
 * @param model name of the case and of its base's folder among the fidelity fixtures
 */
record AdapterCase(String model, int number, JsonNode settings) {
  private static final List<String> HINTS = List.of("source.png", "mask.png");

  private static final FixtureFolder FIXTURES = new FixtureFolder("adapter");

  static Path resource(String name) {
    return FIXTURES.resource(name);
  }

  static List<AdapterCase> all() {
    return FIXTURES.runs((c, n, run) -> new AdapterCase(c.path("case").asText(), n, run));
  }

  /** The row of the table that it belongs to. */
  String kind() {
    String guided = settings.path("guidance").asDouble(1) > 1 ? ", guided" : "";
    String guess = settings.path("guess").asBoolean() ? ", guess" : "";
    String kind = settings.path("kind").asText();
    if (settings.has("ip")) {
      JsonNode first = settings.path("ip").path(0);
      String form = first.path("file").asText().replaceAll(".*-(plain|plus|full)\\..*", "$1");
      String more = settings.path("ip").size() > 1 ? ", two adapters" : "";
      String masks = first.has("masks") ? ", masks" : "";
      String control = settings.has("controls") ? ", ControlNet" : "";
      return "IP-Adapter " + form + more + masks + control + guided;
    }
    if (kind.equals("t2i")) {
      return "T2I-Adapter: " + settings.path("sampler").asText() + guided;
    }
    if (settings.has("union")) {
      kind = "union, " + kind;
    }
    return kind + ": " + settings.path("sampler").asText() + guided + guess;
  }

  AdapterSettings adapters() {
    List<ControlSettings> controls = new ArrayList<>();
    for (JsonNode c : settings.path("controls")) {
      controls.add(
          new ControlSettings(
              AdapterModel.of("ControlNet", resource(c.path("net").asText())),
              c.has("type") ? ControlType.of(c.path("type").asText()) : null,
              HintPicture.of(InputFile.of("hint", InputCase.resource(HINTS.get(controls.size())))),
              c.path("scale").asDouble(),
              c.path("start").asDouble(),
              c.path("end").asDouble()));
    }
    return new AdapterSettings(
        controls, settings.path("guess").asBoolean(), imagePrompts(), encoder());
  }

  private List<ImagePromptSettings> imagePrompts() {
    List<ImagePromptSettings> prompts = new ArrayList<>();
    for (JsonNode p : settings.path("ip")) {
      prompts.add(
          new ImagePromptSettings(
              AdapterModel.of("IP-Adapter", resource(p.path("file").asText())),
              files(p.path("pictures")),
              p.path("scale").asDouble(),
              files(p.path("masks"))));
    }
    return prompts;
  }

  private static List<InputFile> files(JsonNode names) {
    List<InputFile> files = new ArrayList<>();
    names.forEach(n -> files.add(InputFile.of("picture", InputCase.resource(n.asText()))));
    return files;
  }

  private @Nullable AdapterModel encoder() {
    return settings.has("ip") ? AdapterModel.of("image encoder", resource("encoder")) : null;
  }

  Request.Builder request(String prompt) {
    Request.Builder r = FixtureFolder.request(prompt, settings).adapters(adapters());
    if (settings.has("strength")) {
      r.image(InputCase.resource("source.png")).strength(settings.path("strength").asDouble());
    }
    if (settings.path("kind").asText().equals("mask")) {
      r.mask(InputCase.resource("mask.png")).paste(false);
    }
    return r;
  }

  /** What diffusers made. */
  Tensor expected() {
    try (SafeTensors file = SafeTensors.open(resource(model + ".safetensors"))) {
      return file.get("run " + number);
    }
  }

  @Override
  public String toString() {
    return model + " " + number + " " + settings;
  }
}
