package io.github.tcd4j.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.metadata.SizeConditioning;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The tiny pipelines of {@code oracle/make_fidelity_fixtures.py}, each loaded once. */
public final class FidelityCases implements AutoCloseable {
  /** One picture request of a case, as the script describes it. */
  record Run(String model, int number, JsonNode settings) {
    String sampler() {
      return settings.path("sampler").asText();
    }

    /** The row of the table that it belongs to. */
    String kind() {
      return sampler() + (guided() ? ", guided" : "");
    }

    private boolean guided() {
      return settings.path("guidance").asDouble(1) > 1;
    }

    /** The same request for this program. */
    Request.Builder request(String prompt) {
      Request.Builder r = Request.builder(prompt).sampler(sampler());
      r.steps(settings.path("steps").asInt()).guidance(settings.path("guidance").asDouble(1));
      r.seed(settings.path("seed").asLong(42)).count(settings.path("count").asInt(2));
      if (settings.has("gamma")) {
        r.gamma(settings.path("gamma").asDouble());
      }
      if (settings.has("negative")) {
        r.negative(settings.path("negative").asText());
      }
      if (settings.has("width")) {
        r.size(settings.path("width").asInt(), settings.path("height").asInt());
      }
      return r.syntax(PromptSyntax.PLAIN).clipSkip(clipSkip()).sizeConditioning(sizes());
    }

    /** diffusers counts from what is usual for a model, which for SDXL is the last but one. */
    private @Nullable Integer clipSkip() {
      if (!settings.has("clip_skip")) {
        return null;
      }
      int usual = model.startsWith("sdxl") ? 2 : 1;
      return usual + settings.path("clip_skip").asInt();
    }

    private SizeConditioning sizes() {
      SizeConditioning framing = SizeConditioning.OWN;
      JsonNode crop = settings.path("crop");
      JsonNode original = settings.path("original_size");
      JsonNode target = settings.path("target_size");
      if (!crop.isMissingNode()) {
        // diffusers writes height before width, and top before left.
        framing =
            framing
                .withOriginal(original.path(1).asInt(), original.path(0).asInt())
                .withCrop(crop.path(1).asInt(), crop.path(0).asInt())
                .withTarget(target.path(1).asInt(), target.path(0).asInt());
      }
      return framing;
    }

    @Override
    public String toString() {
      return model + " " + number + " " + settings;
    }
  }

  /** Where all is computed: the processor, or the device of the property {@code tcd4j.device}. */
  static final Device DEVICE = Device.parse(System.getProperty("tcd4j.device", "cpu"));

  private final Path temporary;
  private final Map<String, TextToImage> models = new HashMap<>();

  FidelityCases(Path temporary) {
    this.temporary = temporary;
    // Two threads wait for each other longer than these sizes take to compute.
    Engine.threads(1);
  }

  public static Path resource(String name) {
    return new FixtureFolder("fidelity").resource(name);
  }

  static JsonNode description() {
    try {
      return new ObjectMapper().readTree(resource("cases.json").toFile());
    } catch (IOException e) {
      throw new IllegalStateException("no fixtures; run oracle/make_fidelity_fixtures.py", e);
    }
  }

  /** Folders with networks of their own, not only another scheduler. */
  static Stream<String> folders() {
    return description()
        .path("cases")
        .valueStream()
        .filter(c -> c.path("case").equals(c.path("folder")))
        .map(c -> c.path("case").asText());
  }

  static List<Run> runs() {
    List<Run> runs = new ArrayList<>();
    for (JsonNode c : description().path("cases")) {
      int number = 0;
      for (JsonNode run : c.path("runs")) {
        runs.add(new Run(c.path("case").asText(), number++, run));
      }
    }
    return runs;
  }

  /** What diffusers made. */
  static Tensor expected(String model, String key) {
    try (SafeTensors file = SafeTensors.open(resource(model + ".safetensors"))) {
      return file.get(key).to(DEVICE);
    }
  }

  TextToImage model(String name) {
    return models.computeIfAbsent(name, n -> TextToImage.load(folder(n), DEVICE));
  }

  /** The model of a case with pictures. */
  TextToImage model(InputCase c) {
    return models.computeIfAbsent(
        "input " + c.model(),
        n -> TextToImage.load(InputCase.open(c.model(), c.base(), temporary), DEVICE));
  }

  /** The upscaler. */
  TextToImage upscaler() {
    return models.computeIfAbsent(
        UpscaleCase.MODEL, n -> TextToImage.load(UpscaleCase.folder(), DEVICE));
  }

  private ModelFolder folder(String name) {
    for (JsonNode c : description().path("cases")) {
      if (c.path("case").asText().equals(name)) {
        Path folder = resource(c.path("folder").asText());
        return ModelFolder.open(
            name, c.path("scheduler").isNull() ? folder : copy(folder, name, c.path("scheduler")));
      }
    }
    throw new IllegalArgumentException("no case " + name);
  }

  private Path copy(Path source, String name, JsonNode scheduler) {
    Path target = temporary.resolve(name);
    try {
      Tiny.copy(source, target);
      Files.writeString(target.resolve("scheduler/scheduler_config.json"), scheduler.toString());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return target;
  }

  @Override
  public void close() {
    models.values().forEach(TextToImage::close);
  }
}
