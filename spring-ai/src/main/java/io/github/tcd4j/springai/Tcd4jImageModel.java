package io.github.tcd4j.springai;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.metadata.ComputeSettings;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.image.Image;
import org.springframework.ai.image.ImageGeneration;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.image.ImageResponse;
import org.springframework.ai.image.observation.DefaultImageModelObservationConvention;
import org.springframework.ai.image.observation.ImageModelObservationContext;
import org.springframework.ai.image.observation.ImageModelObservationConvention;
import org.springframework.ai.image.observation.ImageModelObservationDocumentation;

/**
 * Spring AI's {@link ImageModel} over a model in the same process: no server, no key.
 *
 * <pre>{@code
 * ImageResponse response =
 *     imageModel.call(
 *         new ImagePrompt(
 *             "red apple, fluent 3d style", Tcd4jImageOptions.builder().seed(42L).build()));
 * String png = response.getResult().getOutput().getB64Json();
 * }</pre>
 *
 * <p>Messages with a weight below 0 are negative prompts. A message's media is the picture to start
 * from, and one called {@code mask} limits the change. Each image is a PNG in base64 that carries
 * its settings; {@link Tcd4jImageMetadata} has the most important ones.
 *
 * <p>Safe for use by several threads: a second caller waits for the first's images. The {@link
 * TextToImage} stays its owner's to close, and may be shared with other code.
 *
 * <p>What cannot be generated is an {@link InvalidRequestException} whose sentence is for the user.
 */
public final class Tcd4jImageModel implements ImageModel {
  private static final ImageModelObservationConvention CONVENTION =
      new DefaultImageModelObservationConvention();

  private static final String PROVIDER = "tcd4j";

  /** Seeds that nobody chose are short enough to be typed again. */
  private static final long SEEDS = 1L << 32;

  private final TextToImage model;
  private final Tcd4jImageOptions defaults;
  private final ComputeSettings compute;
  private final ObservationRegistry observations;
  private final String name;
  private final GenerationMeters meters;

  private Tcd4jImageModel(Builder builder) {
    model = builder.model;
    defaults = builder.defaults;
    compute = builder.compute;
    observations = builder.observations;
    // All mistakes of the defaults show here, when the application starts, not with its first call.
    Request request = request(new ImagePrompt("", defaults), defaults);
    Path path = Path.of(model.resolve(request).settings().model().name());
    name = String.valueOf(path.getFileName());
    requireName(defaults);
    meters = new GenerationMeters(builder.registry, name);
    if (builder.preload) {
      model.prepare(request, Progress.SILENT);
    }
  }

  /** A model in the making, over one that is open. */
  public static Builder builder(TextToImage model) {
    return new Builder(model);
  }

  /**
   * Generates the images of a prompt.
   *
   * @param prompt its options override the defaults field by field
   * @throws InvalidRequestException if it cannot be; nothing was begun
   */
  @Override
  public ImageResponse call(ImagePrompt prompt) {
    Tcd4jImageOptions options = defaults.overriddenBy(prompt.getOptions());
    ImageModelObservationContext context =
        ImageModelObservationContext.builder()
            .imagePrompt(new ImagePrompt(prompt.getInstructions(), named(options)))
            .provider(PROVIDER)
            .build();
    Observation observation =
        ImageModelObservationDocumentation.IMAGE_MODEL_OPERATION.observation(
            null, CONVENTION, () -> context, observations);
    return observation.observe(
        () -> {
          ImageResponse response = generate(prompt, options);
          context.setResponse(response);
          return response;
        });
  }

  private Tcd4jImageOptions named(Tcd4jImageOptions options) {
    return options.overriddenBy(Tcd4jImageOptions.builder().model(name).build());
  }

  private ImageResponse generate(ImagePrompt prompt, Tcd4jImageOptions options) {
    int images = options.n() == null ? 1 : options.n();
    List<Picture> pictures =
        meters.time(
            images,
            () -> {
              requireName(options);
              return model.generate(request(prompt, options));
            });
    return new ImageResponse(pictures.stream().map(this::generation).toList());
  }

  private ImageGeneration generation(Picture picture) {
    String png = Base64.getEncoder().encodeToString(picture.toPng());
    return new ImageGeneration(
        new Image(null, png), Tcd4jImageMetadata.of(name, picture.settings()));
  }

  private Request request(ImagePrompt prompt, Tcd4jImageOptions options) {
    if (options.responseFormat() != null && !options.responseFormat().equals("b64_json")) {
      throw new InvalidRequestException(
          "the response format must be b64_json but was "
              + options.responseFormat()
              + ": images of this process have no address");
    }
    PromptText text = PromptText.of(prompt.getInstructions(), options);
    Request.Builder request =
        Request.builder(text.prompt())
            .negative(text.negative())
            .count(options.n() == null ? 1 : options.n())
            .size(options.width(), options.height())
            .sampler(options.sampler())
            .steps(options.steps())
            .guidance(options.guidance())
            .seed(
                options.seed() == null
                    ? ThreadLocalRandom.current().nextLong(SEEDS)
                    : options.seed())
            .loras(
                options.loras() == null
                    ? null
                    : options.loras().stream().map(LoraSpec::parse).toList())
            .dtype(compute.dtype())
            .tiling(compute.tiling())
            .threads(compute.threads());
    if (options.gamma() != null) {
      request.gamma(options.gamma().doubleValue());
    }
    InputMedia.of(prompt.getInstructions()).addTo(request, options.strength());
    return request.build();
  }

  private void requireName(Tcd4jImageOptions options) {
    if (options.model() != null && !options.model().equals(name)) {
      throw new InvalidRequestException(
          "the model of this application is "
              + name
              + " but "
              + options.model()
              + " was requested; leave the model out");
    }
  }

  /** The model's name without folders. */
  public String name() {
    return name;
  }

  /**
   * Why the last call failed, where that was not the request's fault; empty again as soon as a call
   * succeeds.
   */
  public Optional<String> lastFailure() {
    return Optional.ofNullable(meters.failure());
  }

  /** Collects what a {@link Tcd4jImageModel} consists of. */
  public static final class Builder {
    private final TextToImage model;
    private Tcd4jImageOptions defaults = Tcd4jImageOptions.NONE;
    private ComputeSettings compute = ComputeSettings.USUAL;
    private ObservationRegistry observations = ObservationRegistry.NOOP;
    private @Nullable MeterRegistry registry;
    private boolean preload;

    private Builder(TextToImage model) {
      this.model = model;
    }

    /** What counts where a call sets nothing. */
    public Builder defaults(Tcd4jImageOptions options) {
      defaults = options;
      return this;
    }

    /** Precision, tiling and threads of all calls. */
    public Builder compute(ComputeSettings settings) {
      compute = settings;
      return this;
    }

    /** Receives Spring AI's observation {@code gen_ai.client.operation} of each call. */
    public Builder observations(ObservationRegistry registry) {
      observations = registry;
      return this;
    }

    /** Receives {@code tcd4j.images} and {@code tcd4j.generation}; null for no meters. */
    public Builder meters(@Nullable MeterRegistry meters) {
      registry = meters;
      return this;
    }

    /** Whether {@link #build} reads the networks, so that the first call does not wait. */
    public Builder preload(boolean on) {
      preload = on;
      return this;
    }

    /**
     * The model, its defaults checked.
     *
     * @throws InvalidRequestException if the model cannot do what the defaults say
     */
    public Tcd4jImageModel build() {
      return new Tcd4jImageModel(this);
    }
  }
}
