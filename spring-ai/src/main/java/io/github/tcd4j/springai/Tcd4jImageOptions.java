package io.github.tcd4j.springai;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.image.ImageOptions;

/**
 * Options of one call, or the defaults of all. Each is null until it is set: then the model's
 * default counts, and below it what the model and its LoRA choose themselves.
 *
 * @param n number of images, at least 1
 * @param model name of the model; only a check, since one model is open
 * @param width in pixels, a multiple of 8
 * @param height in pixels, a multiple of 8
 * @param responseFormat only b64_json: the images have no address
 * @param style words that are added to the prompt after a comma, such as fluent 3d style
 * @param steps number of steps, at least 1
 * @param gamma stochasticity of TCD in [0, 1]: 0 none, 1 the most
 * @param guidance diffusers' guidance_scale in [0, 1000]; off at 1 and less
 * @param sampler name of a sampler, such as tcd, euler or dpmsolver++
 * @param seed of the first image, the next have seed + 1 and so on; random if never set
 * @param negativePrompt what to steer away from; acts only where guidance is on
 * @param strength how much of an input picture is generated anew, in (0, 1]
 * @param loras each a file or a name in the model's own folder loras, with a weight after a colon
 *     if it is not 1; empty for none
 */
public record Tcd4jImageOptions(
    @Nullable Integer n,
    @Nullable String model,
    @Nullable Integer width,
    @Nullable Integer height,
    @Nullable String responseFormat,
    @Nullable String style,
    @Nullable Integer steps,
    @Nullable Double gamma,
    @Nullable Double guidance,
    @Nullable String sampler,
    @Nullable Long seed,
    @Nullable String negativePrompt,
    @Nullable Double strength,
    @Nullable List<String> loras)
    implements ImageOptions {
  /** Nothing set. */
  public static final Tcd4jImageOptions NONE = builder().build();

  public Tcd4jImageOptions {
    loras = loras == null ? null : List.copyOf(loras);
  }

  /** Options to collect. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public @Nullable Integer getN() {
    return n;
  }

  @Override
  public @Nullable String getModel() {
    return model;
  }

  @Override
  public @Nullable Integer getWidth() {
    return width;
  }

  @Override
  public @Nullable Integer getHeight() {
    return height;
  }

  @Override
  public @Nullable String getResponseFormat() {
    return responseFormat;
  }

  @Override
  public @Nullable String getStyle() {
    return style;
  }

  /** These, with what a call sets in their place, field by field; portable options too. */
  public Tcd4jImageOptions overriddenBy(@Nullable ImageOptions call) {
    if (call == null) {
      return this;
    }
    Tcd4jImageOptions own = call instanceof Tcd4jImageOptions all ? all : NONE;
    return new Tcd4jImageOptions(
        either(call.getN(), n),
        either(call.getModel(), model),
        either(call.getWidth(), width),
        either(call.getHeight(), height),
        either(call.getResponseFormat(), responseFormat),
        either(call.getStyle(), style),
        either(own.steps, steps),
        either(own.gamma, gamma),
        either(own.guidance, guidance),
        either(own.sampler, sampler),
        either(own.seed, seed),
        either(own.negativePrompt, negativePrompt),
        either(own.strength, strength),
        either(own.loras, loras));
  }

  private static <T> @Nullable T either(@Nullable T first, @Nullable T second) {
    return first == null ? second : first;
  }

  /** Collects options. They are checked when a model uses them. */
  public static final class Builder {
    private @Nullable Integer n;
    private @Nullable String model;
    private @Nullable Integer width;
    private @Nullable Integer height;
    private @Nullable String responseFormat;
    private @Nullable String style;
    private @Nullable Integer steps;
    private @Nullable Double gamma;
    private @Nullable Double guidance;
    private @Nullable String sampler;
    private @Nullable Long seed;
    private @Nullable String negativePrompt;
    private @Nullable Double strength;
    private @Nullable List<String> loras;

    private Builder() {}

    /** Number of images, at least 1. */
    public Builder n(@Nullable Integer count) {
      n = count;
      return this;
    }

    /** Name of the model; only a check. */
    public Builder model(@Nullable String name) {
      model = name;
      return this;
    }

    /** In pixels, a multiple of 8. */
    public Builder width(@Nullable Integer pixels) {
      width = pixels;
      return this;
    }

    /** In pixels, a multiple of 8. */
    public Builder height(@Nullable Integer pixels) {
      height = pixels;
      return this;
    }

    /** Only {@code b64_json}. */
    public Builder responseFormat(@Nullable String format) {
      responseFormat = format;
      return this;
    }

    /** Words that are added to the prompt after a comma. */
    public Builder style(@Nullable String words) {
      style = words;
      return this;
    }

    /** Number of steps, at least 1. */
    public Builder steps(@Nullable Integer count) {
      steps = count;
      return this;
    }

    /** Stochasticity of TCD in [0, 1]. */
    public Builder gamma(@Nullable Double value) {
      gamma = value;
      return this;
    }

    /** diffusers' guidance_scale in [0, 1000]; off at 1 and less. */
    public Builder guidance(@Nullable Double scale) {
      guidance = scale;
      return this;
    }

    /** Name of a sampler. */
    public Builder sampler(@Nullable String name) {
      sampler = name;
      return this;
    }

    /** Of the first image. */
    public Builder seed(@Nullable Long first) {
      seed = first;
      return this;
    }

    /** What to steer away from. */
    public Builder negativePrompt(@Nullable String text) {
      negativePrompt = text;
      return this;
    }

    /** How much of an input picture is generated anew, in (0, 1]. */
    public Builder strength(@Nullable Double value) {
      strength = value;
      return this;
    }

    /** The LoRAs: {@code NAME} or {@code NAME:WEIGHT}; none if empty. */
    public Builder loras(@Nullable List<String> choices) {
      loras = choices;
      return this;
    }

    /** One LoRA more. */
    public Builder lora(String name, double weight) {
      List<String> more = new ArrayList<>(loras == null ? List.of() : loras);
      more.add(name + ":" + weight);
      loras = more;
      return this;
    }

    /** The options. */
    public Tcd4jImageOptions build() {
      return new Tcd4jImageOptions(
          n,
          model,
          width,
          height,
          responseFormat,
          style,
          steps,
          gamma,
          guidance,
          sampler,
          seed,
          negativePrompt,
          strength,
          loras);
    }
  }
}
