package io.github.tcd4j.pipeline;

import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.metadata.SizeConditioning;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import io.github.tcd4j.tensor.DType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what is said for a {@link Request}; null takes back what was said. */
public final class RequestBuilder {
  private String prompt;
  private @Nullable String negative;
  private @Nullable String sampler;
  private @Nullable Integer steps;
  private @Nullable List<Double> timesteps;
  private @Nullable Double gamma;
  private @Nullable List<Double> gammas;
  private @Nullable Double eta;
  private @Nullable Double guidance;
  private long seed;
  private int count = 1;
  private @Nullable Integer batch;
  private @Nullable Integer width;
  private @Nullable Integer height;
  private SizeConditioning framing = SizeConditioning.OWN;
  private PromptSettings reading = PromptSettings.A1111;
  private @Nullable List<LoraSpec> loras;
  private MatchPolicy policy = MatchPolicy.WHOLE;
  private DType dtype = DType.F32;
  private boolean tiling;
  private @Nullable Integer threads;
  private @Nullable String spacing;
  private @Nullable String prediction;

  RequestBuilder(String prompt) {
    this.prompt = prompt;
  }

  RequestBuilder(Request r) {
    prompt = r.prompt();
    negative = r.negative();
    sampler = r.sampler();
    steps = r.sampling().steps();
    timesteps = r.sampling().timesteps();
    gamma = r.sampling().gamma();
    gammas = r.sampling().gammas();
    eta = r.sampling().eta();
    guidance = r.guidance();
    seed = r.seed();
    count = r.count();
    batch = r.batch();
    width = r.width();
    height = r.height();
    framing = r.framing();
    reading = r.reading();
    loras = r.loras();
    policy = r.policy();
    dtype = r.dtype();
    tiling = r.tiling();
    threads = r.threads();
    spacing = r.spacing();
    prediction = r.prediction();
  }

  public RequestBuilder prompt(String text) {
    prompt = text;
    return this;
  }

  public RequestBuilder negative(@Nullable String text) {
    negative = text;
    return this;
  }

  public RequestBuilder sampler(@Nullable String name) {
    sampler = name;
    return this;
  }

  public RequestBuilder steps(@Nullable Integer n) {
    steps = n;
    return this;
  }

  public RequestBuilder timesteps(@Nullable List<Double> times) {
    timesteps = times;
    return this;
  }

  /** One gamma for all steps, in place of a list. */
  public RequestBuilder gamma(double value) {
    return gamma(Double.valueOf(value));
  }

  /** One gamma for all steps, in place of a list; null takes back either. */
  public RequestBuilder gamma(@Nullable Double value) {
    gamma = value;
    gammas = null;
    return this;
  }

  /** A gamma for each step, in place of one for all; null takes back either. */
  public RequestBuilder gammas(@Nullable List<Double> values) {
    gamma = null;
    gammas = values;
    return this;
  }

  /** Stochasticity of DDIM. */
  public RequestBuilder eta(double value) {
    return eta(Double.valueOf(value));
  }

  /** Stochasticity of DDIM; null takes it back. */
  public RequestBuilder eta(@Nullable Double value) {
    eta = value;
    return this;
  }

  /** Guidance scale as diffusers counts it: no guidance at 1 or less. */
  public RequestBuilder guidance(double scale) {
    return guidance(Double.valueOf(scale));
  }

  /** Guidance scale; null takes it back. */
  public RequestBuilder guidance(@Nullable Double scale) {
    guidance = scale;
    return this;
  }

  public RequestBuilder seed(long first) {
    seed = first;
    return this;
  }

  public RequestBuilder count(int n) {
    count = n;
    return this;
  }

  public RequestBuilder batch(@Nullable Integer most) {
    batch = most;
    return this;
  }

  public RequestBuilder size(@Nullable Integer w, @Nullable Integer h) {
    width = w;
    height = h;
    return this;
  }

  /** Acts on SDXL alone. */
  public RequestBuilder framing(SizeConditioning sizes) {
    framing = sizes;
    return this;
  }

  /** How prompts are read; with A1111's syntax where nothing is said. */
  public RequestBuilder reading(PromptSettings how) {
    reading = how;
    return this;
  }

  /** None where empty, the model's own where null. */
  public RequestBuilder loras(@Nullable List<LoraSpec> choices) {
    loras = choices;
    return this;
  }

  /** What becomes of a LoRA of which not all keys find their layer. */
  public RequestBuilder policy(MatchPolicy wanted) {
    policy = wanted;
    return this;
  }

  /** Whether every key of a LoRA that finds no layer is an error. */
  public RequestBuilder strict(boolean wanted) {
    return policy(wanted ? MatchPolicy.STRICT : MatchPolicy.WHOLE);
  }

  public RequestBuilder dtype(DType type) {
    dtype = type;
    return this;
  }

  /** Whether the autoencoder works in tiles: less memory, and a slightly other picture. */
  public RequestBuilder tiling(boolean on) {
    tiling = on;
    return this;
  }

  public RequestBuilder threads(@Nullable Integer n) {
    threads = n;
    return this;
  }

  public RequestBuilder spacing(@Nullable String name) {
    spacing = name;
    return this;
  }

  public RequestBuilder prediction(@Nullable String name) {
    prediction = name;
    return this;
  }

  /**
   * The request.
   *
   * @throws io.github.tcd4j.files.InvalidRequestException if a value is out of range; the sentence
   *     is for the user
   */
  public Request build() {
    return new Request(
        prompt,
        negative,
        sampler,
        new SamplerSettings(steps, timesteps, gamma, eta, gammas, null),
        guidance,
        seed,
        count,
        batch,
        width,
        height,
        framing,
        reading,
        loras,
        policy,
        dtype,
        tiling,
        threads,
        spacing,
        prediction);
  }
}
