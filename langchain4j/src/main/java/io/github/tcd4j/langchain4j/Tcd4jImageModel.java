package io.github.tcd4j.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.image.ImageModel;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.Response;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.tensor.Device;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * LangChain4j's {@link ImageModel} over a model in the same process: no server, no key.
 *
 * <pre>{@code
 * try (Tcd4jImageModel model = Tcd4jImageModel.builder().model(Path.of("emoji")).build()) {
 *   String png = model.generate("red apple, fluent 3d style").content().base64Data();
 * }
 * }</pre>
 *
 * <p>LangChain4j has no settings per call, so they are the builder's. Several of these can share
 * one {@link TextToImage}, each with settings of its own. Safe for use by several threads: a second
 * caller waits for the first's pictures, as {@link TextToImage} has it. An interrupt of the calling
 * thread stops its generation at the next step with a {@link
 * java.util.concurrent.CancellationException}.
 *
 * <p>Each image is a PNG in base64 which carries all its settings, as the files of the command line
 * do. The response's metadata has {@code seed} (a Long, of the first image; the next have seed + 1,
 * seed + 2, ...), {@code sampler}, {@code steps}, {@code guidance}, {@code width}, {@code height},
 * {@code model} (its name without folders), and {@code gamma} where the sampler has one.
 *
 * <p>What cannot be generated is an {@link InvalidRequestException} whose sentence is for the user.
 */
public final class Tcd4jImageModel implements ImageModel, AutoCloseable {
  /** Seeds that nobody chose are short enough to be typed again. */
  private static final long SEEDS = 1L << 32;

  private final TextToImage model;
  private final boolean owned;
  private final Request settings;
  private final @Nullable Long seed;
  private final @Nullable Double strength;

  private Tcd4jImageModel(Builder builder, TextToImage model, Request settings) {
    this.model = model;
    this.settings = settings;
    owned = builder.shared == null;
    seed = builder.seed;
    strength = builder.strength;
  }

  /** Settings to collect; only a model must be named. */
  public static Builder builder() {
    return new Builder();
  }

  /** Generates one image. */
  @Override
  public Response<Image> generate(String prompt) {
    return first(run(settings.toBuilder().prompt(prompt)));
  }

  /**
   * Generates {@code n} images, whose seeds follow each other.
   *
   * @throws InvalidRequestException if {@code n} is less than 1
   */
  @Override
  public Response<List<Image>> generate(String prompt, int n) {
    return run(settings.toBuilder().prompt(prompt).count(n));
  }

  /**
   * Generates an image from another, of which the builder's {@link Builder#strength} decides how
   * much is left. Its size is the image's own where the builder sets none.
   *
   * @param image PNG, JPEG or WebP as base64 data, or as an address {@code data:...;base64,...};
   *     other addresses are refused, nothing is fetched
   */
  @Override
  public Response<Image> edit(Image image, String prompt) {
    return first(run(changed(image, prompt)));
  }

  /**
   * The same within a mask.
   *
   * @param mask of the image's size: white is generated anew, black is kept; where it is
   *     transparent it counts as white
   */
  @Override
  public Response<Image> edit(Image image, Image mask, String prompt) {
    return first(run(changed(image, prompt).mask(InputImage.of("mask", mask))));
  }

  private Request.Builder changed(Image image, String prompt) {
    return settings.toBuilder()
        .prompt(prompt)
        .image(InputImage.of("picture", image))
        .strength(strength);
  }

  private Response<List<Image>> run(Request.Builder request) {
    long first = seed == null ? ThreadLocalRandom.current().nextLong(SEEDS) : seed;
    List<Picture> pictures = model.generate(request.seed(first).build());
    List<Image> images = pictures.stream().map(Tcd4jImageModel::image).toList();
    return Response.from(
        images, null, FinishReason.STOP, metadata(pictures.get(0).settings(), first));
  }

  private static Response<Image> first(Response<List<Image>> response) {
    return Response.from(
        response.content().get(0), null, response.finishReason(), response.metadata());
  }

  private static Image image(Picture picture) {
    return Image.builder()
        .base64Data(Base64.getEncoder().encodeToString(picture.toPng()))
        .mimeType("image/png")
        .build();
  }

  private static Map<String, Object> metadata(GenerationSettings used, long seed) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("seed", seed);
    metadata.put("sampler", used.sampler());
    metadata.put("steps", used.steps());
    metadata.put("guidance", used.guidance());
    metadata.put("width", used.width());
    metadata.put("height", used.height());
    metadata.put("model", String.valueOf(Path.of(used.model().name()).getFileName()));
    if (used.sampling().knobs().gamma() != null) {
      List<Double> gammas = used.sampling().knobs().gamma().values();
      metadata.put("gamma", gammas.size() == 1 ? gammas.get(0) : gammas);
    }
    return metadata;
  }

  /** Frees the model if the builder opened it; one that was passed in is its owner's to close. */
  @Override
  public void close() {
    if (owned) {
      model.close();
    }
  }

  /**
   * Collects the settings. What is not set is chosen by the model and its LoRA; a value out of
   * range is an {@link InvalidRequestException} where it is given.
   */
  public static final class Builder {
    private final Request.Builder request = Request.builder("");
    private @Nullable Path path;
    private @Nullable TextToImage shared;
    private Device device = Device.CPU;
    private boolean preload;
    private @Nullable Long seed;
    private @Nullable Double strength;

    private Builder() {}

    /** The folder of a model in diffusers' layout, or a single file; opened by {@link #build}. */
    public Builder model(Path folderOrFile) {
      path = folderOrFile;
      shared = null;
      return this;
    }

    /** A model that is open already and may be shared; it stays its owner's to close. */
    public Builder model(TextToImage open) {
      shared = open;
      path = null;
      return this;
    }

    /** Where a model that is opened by its path computes; the CPU if not set. */
    public Builder device(Device where) {
      device = where;
      return this;
    }

    /** Whether {@link #build} reads the networks, so that the first prompt does not wait. */
    public Builder preload(boolean on) {
      preload = on;
      return this;
    }

    /** What to steer away from; acts only where guidance is on. */
    public Builder negativePrompt(@Nullable String text) {
      request.negative(text);
      return this;
    }

    /** A sampler by its name, such as {@code tcd}, {@code euler} or {@code dpmsolver++}. */
    public Builder sampler(@Nullable String name) {
      request.sampler(name);
      return this;
    }

    /** Number of steps, at least 1. */
    public Builder steps(@Nullable Integer n) {
      request.steps(n);
      return this;
    }

    /** Stochasticity of TCD in [0, 1]: 0 none, 1 the most. */
    public Builder gamma(double gamma) {
      request.gamma(gamma);
      return this;
    }

    /** diffusers' guidance_scale in [0, 1000]; off at 1 and less. */
    public Builder guidance(@Nullable Double scale) {
      request.guidance(scale);
      return this;
    }

    /** In pixels, each in [1, 8192] and a multiple of 8. */
    public Builder size(int width, int height) {
      request.size(width, height);
      return this;
    }

    /** Of the first image of every call; without it each call has another, see the metadata. */
    public Builder seed(@Nullable Long first) {
      seed = first;
      return this;
    }

    /**
     * How much of an edited image is generated anew, in (0, 1]; 0.75, with a mask 1, if not set.
     */
    public Builder strength(@Nullable Double value) {
      strength = value;
      return this;
    }

    /** The LoRAs: none if empty; the model's own TCD LoRA if never set. */
    public Builder loras(@Nullable List<LoraSpec> choices) {
      request.loras(choices);
      return this;
    }

    /** One LoRA more: a file, or the name of one in the model's own folder {@code loras}. */
    public Builder lora(String name, double weight) {
      request.lora(name, weight);
      return this;
    }

    /**
     * Any other setting of a {@link Request}, such as its precision or tiling. Prompt, seed, count
     * and input pictures are set anew by each call.
     */
    public Builder request(Consumer<Request.Builder> change) {
      change.accept(request);
      return this;
    }

    /**
     * Opens the model, if its path was given, and checks the settings against it.
     *
     * @throws InvalidRequestException if no model is named or none is there, or it cannot do what
     *     is set
     * @throws ModelException if it is none that can generate
     */
    public Tcd4jImageModel build() {
      Request settings = request.build();
      if (strength != null) {
        settings.input().withStrength(strength);
      }
      TextToImage model = opened();
      try {
        model.resolve(settings);
        if (preload) {
          model.prepare(settings, Progress.SILENT);
        }
      } catch (RuntimeException e) {
        if (shared == null) {
          model.close();
        }
        throw e;
      }
      return new Tcd4jImageModel(this, model, settings);
    }

    private TextToImage opened() {
      if (shared != null) {
        return shared;
      }
      if (path == null) {
        throw new InvalidRequestException(
            "no model is named; give the builder the path of a model or one that is open");
      }
      return TextToImage.load(path, device);
    }
  }
}
