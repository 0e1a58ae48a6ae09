package io.github.tcd4j.pipeline;

import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.diffusion.schedule.Spacing;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.Seed;
import io.github.tcd4j.pipeline.metadata.SizeConditioning;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import io.github.tcd4j.tensor.DType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the user asked for; null where nothing was said, so that the model and its LoRA decide.
 *
 * <pre>{@code
 * Request request = Request.builder("red apple, fluent 3d style").seed(42).gamma(0.3).build();
 * }</pre>
 *
 * @param prompt may be empty
 * @param negative what to steer away from; acts only where guidance is on. Null, which is not the
 *     same as empty: some SDXL models then steer away from a row of zeros
 * @param sampler a name of {@link Samplers}
 * @param sampling steps or timesteps, gamma or one for each step, and eta
 * @param guidance diffusers' guidance_scale g, at least 0; off at 1 and less
 * @param seed of the first picture, see {@link Seed}; picture i has seed + i
 * @param count number of pictures
 * @param batch most pictures that are painted together; their bits depend on it
 * @param width in pixels
 * @param height in pixels
 * @param framing sizes that SDXL is told
 * @param reading how prompts are read
 * @param loras to apply; empty for none; null for the model's own
 * @param policy whether a key of a LoRA that finds no layer is an error
 * @param dtype of the weights of U-Net and autoencoder: F32; BF16, which also computes where the
 *     processor is faster in it; F16, which a CPU only stores them in
 * @param tiling whether the autoencoder works in tiles, see {@link AutoencoderKL#tiled}
 * @param threads that one operation may use; bits depend on it
 * @param spacing overrides {@code timestep_spacing} of the model's scheduler
 * @param prediction overrides its {@code prediction_type}
 */
public record Request(
    String prompt,
    @Nullable String negative,
    @Nullable String sampler,
    SamplerSettings sampling,
    @Nullable Double guidance,
    long seed,
    int count,
    @Nullable Integer batch,
    @Nullable Integer width,
    @Nullable Integer height,
    SizeConditioning framing,
    PromptSettings reading,
    @Nullable List<LoraSpec> loras,
    MatchPolicy policy,
    DType dtype,
    boolean tiling,
    @Nullable Integer threads,
    @Nullable String spacing,
    @Nullable String prediction) {
  /** The greatest width and height. */
  public static final int LARGEST = 8192;

  public Request {
    if (sampler != null) {
      Samplers.named(sampler);
    }
    Double gamma = sampling.gamma();
    if (gamma != null && !(gamma >= 0 && gamma <= 1)) {
      throw new InvalidRequestException(
          "gamma must be in [0, 1] but was "
              + gamma
              + "; classifier-free guidance is another setting",
          Hint.GUIDANCE);
    }
    if (guidance != null && !(guidance >= 0 && guidance <= 1000)) {
      throw new InvalidRequestException(
          "guidance must be in [0, 1000] but was " + guidance + "; 1 or less turns it off");
    }
    atLeastOne("count", count);
    if (Long.compareUnsigned(seed + count - 1, seed) < 0) {
      throw new InvalidRequestException(
          (count + " pictures from seed " + Seed.text(seed) + " on go past the greatest seed, ")
              + (Seed.text(-1) + "; take a smaller seed or fewer pictures"));
    }
    atLeastOne("batch", batch);
    atLeastOne("threads", threads);
    atLeastOne("width", width);
    atLeastOne("height", height);
    if (Math.max(width == null ? 1 : width, height == null ? 1 : height) > LARGEST) {
      throw new InvalidRequestException(
          "width and height must be at most " + LARGEST + " but were " + width + " and " + height);
    }
    if (dtype != DType.F32 && dtype != DType.BF16 && dtype != DType.F16) {
      throw new InvalidRequestException(
          "dtype must be f32, bf16 or f16 but was "
              + dtype.name().toLowerCase(java.util.Locale.ROOT));
    }
    if (spacing != null) {
      Spacing.parse(spacing);
    }
    if (prediction != null) {
      Prediction.Kind.parse(prediction);
    }
    loras = loras == null ? null : List.copyOf(loras);
  }

  private static void atLeastOne(String name, @Nullable Integer value) {
    if (value != null && value < 1) {
      throw new InvalidRequestException(name + " must be at least 1 but was " + value);
    }
  }

  /** A request in the making, with everything but the prompt left open. */
  public static RequestBuilder builder(String prompt) {
    return new RequestBuilder(prompt);
  }

  /** A copy in the making. */
  public RequestBuilder toBuilder() {
    return new RequestBuilder(this);
  }

  /**
   * The request that generates the whole batch of a picture again; the picture is the one at {@link
   * GenerationSettings#index}.
   */
  public static Request of(GenerationSettings s) {
    RequestBuilder request = builder(s.prompt());
    if (s.gammas() == null) {
      request.gamma(s.gamma());
    } else {
      request.gammas(s.gammas());
    }
    return request
        .negative(s.negative())
        .sampler(s.sampler())
        .steps(s.timesteps() == null ? s.steps() : null)
        .timesteps(s.timesteps())
        .eta(s.eta())
        .guidance(s.guidance())
        .seed(s.batchSeed())
        .count(s.batch())
        .batch(s.batch())
        .size(s.width(), s.height())
        .framing(s.framing())
        .reading(s.reading())
        .loras(s.loras().stream().map(ResolvedLora::choice).toList())
        .dtype(s.dtype())
        .tiling(s.tiling())
        .threads(s.threads())
        .spacing(s.spacing())
        .prediction(s.prediction())
        .build();
  }
}
