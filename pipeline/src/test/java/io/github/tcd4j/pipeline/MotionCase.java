package io.github.tcd4j.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.HintPicture;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One animation of {@code oracle/make_motion_fixtures.py}.
 *
 * @param model name of the case and of its base's folder among the fidelity fixtures
 */
record MotionCase(String model, int number, JsonNode settings) {
  private static final FixtureFolder FIXTURES = new FixtureFolder("motion");

  static Path resource(String name) {
    return FIXTURES.resource(name);
  }

  static List<MotionCase> all() {
    return FIXTURES.runs((c, n, run) -> new MotionCase(c.path("case").asText(), n, run));
  }

  /** The row of the table that it belongs to. */
  String kind() {
    String more =
        settings.has("loras")
            ? ", LoRAs"
            : settings.has("control")
                ? ", ControlNet"
                : settings.has("ip")
                    ? ", IP-Adapter"
                    : settings.has("free_noise") ? ", FreeNoise" : "";
    String guided = settings.path("guidance").asDouble(1) > 1 ? ", guided" : "";
    return settings.path("sampler").asText() + guided + more;
  }

  private AdapterSettings adapters() {
    List<ControlSettings> controls = new ArrayList<>();
    for (JsonNode c : settings.path("control")) {
      Path hints = resource(c.path("hints").asText());
      controls.add(
          new ControlSettings(
              AdapterModel.of("ControlNet", AdapterCase.resource(c.path("net").asText())),
              HintPicture.of(InputFile.ofFileOrFolder("hint", hints)),
              c.path("scale").asDouble(),
              c.path("start").asDouble(),
              c.path("end").asDouble()));
    }
    List<ImagePromptSettings> prompts = new ArrayList<>();
    if (settings.has("ip")) {
      prompts.add(
          new ImagePromptSettings(
              AdapterModel.of("IP-Adapter", AdapterCase.resource(settings.path("ip").asText())),
              List.of(InputFile.of("picture", InputCase.resource("source.png"))),
              0.7,
              List.of()));
    }
    return new AdapterSettings(
        controls,
        false,
        prompts,
        prompts.isEmpty()
            ? null
            : AdapterModel.of("image encoder", AdapterCase.resource("encoder")));
  }

  Request.Builder request(String prompt) {
    Request.Builder r =
        FixtureFolder.request(prompt, settings)
            .adapters(adapters())
            .motion(resource(model))
            .frames(settings.path("frames").asInt());
    if (settings.has("free_noise")) {
      JsonNode windows = settings.path("free_noise");
      r.frameWindows(windows.path(0).asInt(), windows.path(1).asInt()).freeNoise(true);
    }
    return r.loras(loras(false));
  }

  /**
   * The LoRAs of the run.
   *
   * @param authors whether that of the motion modules is the file with its authors' names
   */
  List<LoraSpec> loras(boolean authors) {
    List<LoraSpec> loras = new ArrayList<>();
    for (JsonNode lora : settings.path("loras")) {
      String file = lora.path(0).asText();
      String named = authors && file.startsWith("motion") ? "authors-lora.ckpt" : file;
      loras.add(new LoraSpec(resource(named).toString(), lora.path(1).asDouble()));
    }
    return loras;
  }

  /** Those of all frames of all animations, (N, C, h, w). */
  static Tensor latents(List<Animation> animations) {
    return Tensor.cat(
        0,
        animations.stream()
            .flatMap(a -> a.latents().stream())
            .map(Latents::tensor)
            .toArray(Tensor[]::new));
  }

  /** What diffusers made: {@code run} or {@code image}. */
  Tensor expected(String what) {
    try (SafeTensors file = SafeTensors.open(resource(model + ".safetensors"))) {
      return file.get(what + " " + number);
    }
  }

  boolean hasImage() {
    try (SafeTensors file = SafeTensors.open(resource(model + ".safetensors"))) {
      return file.names().contains("image " + number);
    }
  }

  @Override
  public String toString() {
    return model + " " + number + " " + settings;
  }
}
