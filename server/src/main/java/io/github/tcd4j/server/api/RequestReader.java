package io.github.tcd4j.server.api;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.lora.PromptLoras;
import io.github.tcd4j.pipeline.metadata.ImageSize;
import io.github.tcd4j.pipeline.metadata.Seed;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import io.github.tcd4j.server.engine.JobRequest;
import io.github.tcd4j.server.engine.ModelCatalog;
import io.github.tcd4j.server.engine.RequestLimits;
import io.github.tcd4j.server.engine.ServedModel;
import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JsonFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request: the fields of the jobs API, some of which have the names of the other families
 * too. What is not given is chosen by the model and its LoRA.
 */
public final class RequestReader {
  /** Seeds that nobody chose are short enough to be typed again. */
  private static final long SEEDS = 1L << 32;

  /** More steps no sampler takes; each checks its own limit. */
  private static final int MOST_STEPS = 1000;

  /** Fields that are texts; in a form they stand as they are, and all others as JSON. */
  public static final Set<String> TEXTS =
      Set.of(
          "prompt",
          "negative",
          "negative_prompt",
          "model",
          "sampler",
          "sampler_name",
          "size",
          "syntax",
          "prediction",
          "spacing",
          "seed");

  private final ModelCatalog catalog;
  private final RequestLimits limits;

  public RequestReader(ModelCatalog catalog, RequestLimits limits) {
    this.catalog = catalog;
    this.limits = limits;
  }

  /**
   * Reads all fields; the caller refuses or ignores what is left.
   *
   * @param api through which it came
   */
  public JobRequest read(JsonFields f, String api) {
    return read(f, api, PictureInput.read(f, false));
  }

  /** The same with OpenAI's masks, of which the transparent pixels are generated anew. */
  public JobRequest readEdit(JsonFields f, String api) {
    return read(f, api, PictureInput.read(f, true));
  }

  /** The same with a picture that has been read already. */
  public JobRequest read(JsonFields f, String api, InputSettings input) {
    ServedModel model = model(f.text("model"));
    String syntaxName = f.text("syntax");
    PromptSyntax syntax = syntaxName == null ? PromptSyntax.A1111 : PromptSyntax.parse(syntaxName);
    PromptLoras prompt = loras(f.requiredText("prompt"), syntax, "prompt");
    ImageSize size = size(f);
    Request.Builder request =
        Request.builder(prompt.text())
            .syntax(syntax)
            .negative(negative(f, syntax))
            .clipSkip(f.integer(1, 100, "clip_skip"))
            .loras(
                prompt.choices(
                    loras(f, model), model.folder(), n -> catalog.lora(model, n, 1).name()))
            .sampler(f.text("sampler", "sampler_name"))
            .steps(f.integer(1, MOST_STEPS, "steps"))
            .timesteps(f.numbers("timesteps"))
            .gamma(gamma(f))
            .eta(f.number("eta"))
            .guidance(f.number("guidance", "guidance_scale", "cfg_scale"))
            .prediction(f.text("prediction"))
            .spacing(f.text("spacing"))
            .size(size)
            .input(input)
            .adapters(AdapterInput.read(f, catalog.adapters(), model.folder()))
            .seed(seed(f.digits("seed")))
            .batch(f.integer(1, limits.count(), "batch"));
    Integer count = f.integer(1, limits.count(), "count", "n");
    boolean exact = Boolean.TRUE.equals(f.flag("exact"));
    return new JobRequest(model, request.count(count == null ? 1 : count).build(), api, exact);
  }

  /** The model of a name; the default for none. */
  public ServedModel model(@Nullable String name) {
    ServedModel model = name == null || name.isEmpty() ? catalog.standard() : catalog.find(name);
    if (model == null) {
      throw new HttpProblem(
          404,
          "model_not_found",
          "this server has no model of that name; it has "
              + catalog.all().stream().map(ServedModel::name).toList());
    }
    return model;
  }

  private static @Nullable String negative(JsonFields f, PromptSyntax syntax) {
    String negative = f.text("negative", "negative_prompt");
    if (negative != null && !loras(negative, syntax, "negative").tags().isEmpty()) {
      throw HttpProblem.invalid(
          "negative", "a LoRA belongs into the prompt, with a weight of either sign");
    }
    return negative;
  }

  private static PromptLoras loras(String prompt, PromptSyntax syntax, String field) {
    try {
      return PromptLoras.read(prompt, syntax);
    } catch (InvalidRequestException e) {
      throw HttpProblem.invalid(field, String.valueOf(e.getMessage()));
    }
  }

  private @Nullable List<LoraSpec> loras(JsonFields f, ServedModel model) {
    List<JsonFields> given = f.objects("name", "loras");
    if (given == null) {
      return null;
    }
    List<LoraSpec> loras = new ArrayList<>();
    for (JsonFields lora : given) {
      Double weight = lora.number("weight");
      loras.add(catalog.lora(model, lora.requiredText("name"), weight == null ? 1 : weight));
      lora.refuseOthers();
    }
    return loras;
  }

  private static @Nullable Gamma gamma(JsonFields f) {
    List<Double> values = f.numbers("gamma");
    return values == null ? null : Gamma.of(values);
  }

  /** Width and height, or both in one text, as {@code 512x512}; {@code auto} is the model's own. */
  private static ImageSize size(JsonFields f) {
    Integer width = f.integer(1, ImageSize.LARGEST, "width");
    Integer height = f.integer(1, ImageSize.LARGEST, "height");
    String both = f.text("size");
    if (both == null || both.equals("auto")) {
      return ImageSize.OWN.withSides(width, height);
    }
    if (width != null || height != null) {
      throw HttpProblem.invalid("size", "give size, or width and height, not both");
    }
    if (!both.matches("[0-9]{1,5}x[0-9]{1,5}")) {
      throw HttpProblem.invalid(
          "size", "size must be WIDTHxHEIGHT in pixels, such as 512x512, or auto");
    }
    int x = both.indexOf('x');
    return ImageSize.OWN.withSides(
        Integer.valueOf(both.substring(0, x)), Integer.valueOf(both.substring(x + 1)));
  }

  /** A seed, or a random one where there is none. */
  public static long seed(@Nullable String digits) {
    if (digits == null) {
      return new SplittableRandom().nextLong(SEEDS);
    }
    try {
      return Seed.parse(digits);
    } catch (IllegalArgumentException e) {
      throw HttpProblem.invalid("seed", String.valueOf(e.getMessage()));
    }
  }
}
