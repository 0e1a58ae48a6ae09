package io.github.tcd4j.pipeline;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.MotionSettings;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.input.Outpainting;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.metadata.ComputeSettings;
import io.github.tcd4j.pipeline.metadata.ImageSize;
import io.github.tcd4j.pipeline.metadata.SamplingSettings;
import io.github.tcd4j.pipeline.metadata.Seed;
import io.github.tcd4j.pipeline.metadata.SizeConditioning;
import io.github.tcd4j.pipeline.prompt.EmbeddingFile;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import io.github.tcd4j.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the user requests. What is null is chosen by the model and its LoRA.
 *
 * <pre>{@code
 * Request request = Request.builder("red apple, fluent 3d style").seed(42).gamma(0.3).build();
 * }</pre>
 *
 * <p>A sampler or a hook of the calling program ({@link Builder#sampler(Sampler)}, {@link
 * Builder#hook}) is code, which a picture cannot carry: the pictures of such requests cannot be
 * replayed.
 *
 * @param prompt text, and how it is read
 * @param sampling sampler by name, steps, gamma, guidance and their like
 * @param size of the pictures
 * @param input the picture to start from, if any
 * @param adapters ControlNets and their like, if any
 * @param loras to apply; empty for none; null for the model's own TCD LoRA, where it has one
 * @param policy whether a key of a LoRA that finds no layer is an error
 * @param seed of the first picture, see {@link Seed}; picture i has seed + i
 * @param count number of pictures, at least 1
 * @param batch most pictures that are computed together; their bits depend on it
 * @param compute precision and threads
 * @param customSampler a sampler of the calling program in place of one of the registry
 * @param hook called after every step
 */
public record Request(
    PromptSettings prompt,
    SamplingSettings sampling,
    ImageSize size,
    InputSettings input,
    AdapterSettings adapters,
    @Nullable List<LoraSpec> loras,
    MatchPolicy policy,
    long seed,
    int count,
    @Nullable Integer batch,
    ComputeSettings compute,
    @Nullable Sampler customSampler,
    @Nullable StepHook hook) {
  /**
   * Checks what can be checked without a model.
   *
   * @throws InvalidRequestException if a value is out of range; the sentence is for the user
   */
  public Request {
    if (sampling.sampler() != null) {
      Samplers.named(sampling.sampler());
    }
    if (customSampler != null
        && (sampling.knobs().gamma() != null || sampling.knobs().eta() != null)) {
      throw new InvalidRequestException(
          "gamma and eta are settings of the named samplers; give them to your own sampler itself");
    }
    if (count < 1) {
      throw new InvalidRequestException("count must be at least 1 but was " + count);
    }
    if (batch != null && batch < 1) {
      throw new InvalidRequestException("batch must be at least 1 but was " + batch);
    }
    if (Long.compareUnsigned(seed + count - 1, seed) < 0) {
      throw new InvalidRequestException(
          (count + " pictures from seed " + Seed.text(seed) + " on go past the greatest seed, ")
              + (Seed.text(-1) + "; use a smaller seed or fewer pictures"));
    }
    loras = loras == null ? null : List.copyOf(loras);
    input.checked();
  }

  /** A request in the making, with everything but the prompt left open. */
  public static Builder builder(String prompt) {
    Request open =
        new Request(
            PromptSettings.A1111.withText(prompt),
            SamplingSettings.NONE,
            ImageSize.OWN,
            InputSettings.NONE,
            AdapterSettings.NONE,
            null,
            MatchPolicy.WHOLE,
            0,
            1,
            null,
            ComputeSettings.USUAL,
            null,
            null);
    return open.toBuilder();
  }

  /** A copy in the making. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /**
   * Collects the choices of a {@link Request}; null takes a choice back. A value out of range is an
   * {@link InvalidRequestException} where it is given.
   */
  public static final class Builder {
    private PromptSettings prompt;
    private SamplingSettings sampling;
    private ImageSize size;
    private InputSettings input;
    private AdapterSettings adapters;
    private @Nullable List<LoraSpec> loras;
    private MatchPolicy policy;
    private long seed;
    private int count;
    private @Nullable Integer batch;
    private ComputeSettings compute;
    private @Nullable Sampler customSampler;
    private @Nullable StepHook hook;

    private Builder(Request r) {
      prompt = r.prompt;
      sampling = r.sampling;
      size = r.size;
      input = r.input;
      adapters = r.adapters;
      loras = r.loras;
      policy = r.policy;
      seed = r.seed;
      count = r.count;
      batch = r.batch;
      compute = r.compute;
      customSampler = r.customSampler;
      hook = r.hook;
    }

    /** All of the prompt's settings at once. */
    public Builder prompt(PromptSettings settings) {
      prompt = settings;
      return this;
    }

    /** What is to be seen; may be empty. */
    public Builder prompt(String text) {
      return prompt(prompt.withText(text));
    }

    /** What to steer away from; acts only where guidance is on. */
    public Builder negative(@Nullable String text) {
      return prompt(prompt.withNegative(text));
    }

    /** How prompts are read: A1111's syntax where nothing is chosen. */
    public Builder syntax(PromptSyntax syntax) {
      return prompt(prompt.withSyntax(syntax));
    }

    /** The layer of the text encoders that counts, from the end, 1 for the last. */
    public Builder clipSkip(@Nullable Integer layer) {
      return prompt(prompt.withClipSkip(layer));
    }

    /** Files of textual inversion, which prompts call by their names without ending. */
    public Builder embeddings(List<EmbeddingFile> files) {
      return prompt(prompt.withEmbeddings(files));
    }

    /** All settings of sampling at once. */
    public Builder sampling(SamplingSettings settings) {
      sampling = settings;
      return this;
    }

    /** A sampler of the registry, by its name. */
    public Builder sampler(@Nullable String name) {
      customSampler = null;
      return sampling(sampling.withSampler(name));
    }

    /**
     * A sampler of your own. It uses the grid that the model's usual sampler would use, with the
     * chosen steps, spacing or timesteps. The picture's settings call it {@link
     * SamplingSettings#CUSTOM}, and it cannot be replayed.
     */
    public Builder sampler(Sampler own) {
      sampler((String) null);
      customSampler = own;
      return this;
    }

    /**
     * Called after every step with the latents at the next node; what it returns goes on. For
     * previews, for blending something known into the latents, and to cancel by throwing {@link
     * java.util.concurrent.CancellationException}. The picture cannot be replayed.
     */
    public Builder hook(@Nullable StepHook after) {
      hook = after;
      return this;
    }

    /** Number of steps, at least 1; in place of timesteps. */
    public Builder steps(@Nullable Integer n) {
      return sampling(sampling.withKnobs(sampling.knobs().withSteps(n)));
    }

    /** The times to visit, descending, in place of a number of steps. */
    public Builder timesteps(@Nullable List<Double> times) {
      return sampling(sampling.withKnobs(sampling.knobs().withTimesteps(times)));
    }

    /** Stochasticity of TCD, in [0, 1], the same in every step. */
    public Builder gamma(double value) {
      return gamma(Gamma.of(value));
    }

    /** Stochasticity of TCD. */
    public Builder gamma(@Nullable Gamma gamma) {
      return sampling(sampling.withKnobs(sampling.knobs().withGamma(gamma)));
    }

    /** Stochasticity of DDIM, in [0, 1]. */
    public Builder eta(double value) {
      return eta(Double.valueOf(value));
    }

    /** Stochasticity of DDIM, in [0, 1]. */
    public Builder eta(@Nullable Double value) {
      return sampling(sampling.withKnobs(sampling.knobs().withEta(value)));
    }

    /** Guidance scale as diffusers counts it, in [0, 1000]: no guidance at 1 or less. */
    public Builder guidance(double scale) {
      return guidance(Double.valueOf(scale));
    }

    /** Guidance scale as diffusers counts it, in [0, 1000]: no guidance at 1 or less. */
    public Builder guidance(@Nullable Double scale) {
      return sampling(sampling.withGuidance(scale));
    }

    /** Overrides the model's rule of the timesteps: leading, trailing or linspace. */
    public Builder spacing(@Nullable String rule) {
      return sampling(sampling.withSpacing(rule));
    }

    /** Overrides what the model predicts: epsilon, v_prediction or sample. */
    public Builder prediction(@Nullable String kind) {
      return sampling(sampling.withPrediction(kind));
    }

    /** Width and height in pixels, in [1, 8192], and conditioning on sizes at once. */
    public Builder size(ImageSize both) {
      size = both;
      return this;
    }

    /** Width and height in pixels, in [1, 8192]. */
    public Builder size(@Nullable Integer width, @Nullable Integer height) {
      return size(size.withSides(width, height));
    }

    /** Sizes that SDXL is conditioned on; other models have none. */
    public Builder sizeConditioning(SizeConditioning sizes) {
      return size(size.withConditioning(sizes));
    }

    /** All that concerns the picture to start from at once. */
    public Builder input(InputSettings settings) {
      input = settings;
      return this;
    }

    /**
     * The picture to start from, a PNG, JPEG or WebP file. Without a {@link #size} its own is used,
     * cut down to a multiple of 8; to another it is resized, without cropping, as diffusers does.
     */
    public Builder image(@Nullable Path file) {
      return image(file == null ? null : InputFile.of("picture", file));
    }

    /** The same, perhaps in memory. */
    public Builder image(@Nullable InputFile file) {
      return input(input.withImage(file));
    }

    /** How much of the picture is generated anew, in (0, 1]; see {@link InputSettings}. */
    public Builder strength(@Nullable Double value) {
      return input(input.withStrength(value));
    }

    /** What is generated anew: white is, black is kept. */
    public Builder mask(@Nullable Path file) {
      return mask(file == null ? null : InputFile.of("mask", file));
    }

    /** The same, perhaps in memory. */
    public Builder mask(@Nullable InputFile file) {
      return input(input.withMask(file));
    }

    /** Radius of the mask's Gaussian blur in its own pixels. */
    public Builder maskBlur(@Nullable Double radius) {
      return input(input.withMaskBlur(radius));
    }

    /** The margins that are generated around the picture. */
    public Builder outpainting(@Nullable Outpainting margins) {
      return input(input.withOutpainting(margins));
    }

    /** Whether the kept pixels are pasted back in the end. */
    public Builder paste(boolean on) {
      return input(input.withPaste(on));
    }

    /** The picture is enlarged: by an upscaler, or generated anew through windows. */
    public Builder upscaling(@Nullable Upscaling to) {
      return input(input.withUpscaling(to));
    }

    /** How much an InstructPix2Pix network is held to the picture, at least 1. */
    public Builder imageGuidance(@Nullable Double scale) {
      return input(input.withImageGuidance(scale));
    }

    /** ControlNets and their like, all at once. */
    public Builder adapters(AdapterSettings all) {
      adapters = all;
      return this;
    }

    /**
     * A motion adapter, a folder of diffusers or a file of its authors, which makes animations of
     * the request; null for none.
     */
    public Builder motion(@Nullable Path file) {
      return adapters(adapters.withMotionOf(file));
    }

    /** Frames of an animation, 2 to 1000. */
    public Builder frames(@Nullable Integer n) {
      return adapters(adapters.moving("frames", m -> m.withFrames(n)));
    }

    /** Frames of an animation in a second, 1 to 50. */
    public Builder fps(int n) {
      return adapters(adapters.moving("frames in a second", m -> m.withFps(n)));
    }

    /** Overlapping windows of frames, for animations longer than the adapter knows. */
    public Builder frameWindows(int length, @Nullable Integer overlap) {
      return adapters(adapters.moving("windows of frames", m -> m.withWindows(length, overlap)));
    }

    /** Whether the windows are FreeNoise's; see {@link MotionSettings}. */
    public Builder freeNoise(boolean on) {
      return adapters(adapters.moving("FreeNoise", m -> m.withFreeNoise(on)));
    }

    /** The LoRAs: none where empty, the model's own TCD LoRA where null. */
    public Builder loras(@Nullable List<LoraSpec> choices) {
      loras = choices;
      return this;
    }

    /** One LoRA more; the model's own is then not applied of itself. */
    public Builder lora(Path file, double weight) {
      return lora(file.toString(), weight);
    }

    /** One LoRA more: a file, or the name of one in the model's own folder {@code loras}. */
    public Builder lora(String name, double weight) {
      List<LoraSpec> more = new ArrayList<>(loras == null ? List.of() : loras);
      more.add(new LoraSpec(name, weight));
      return loras(more);
    }

    /** What becomes of a LoRA of which not all keys find their layer. */
    public Builder policy(MatchPolicy chosen) {
      policy = chosen;
      return this;
    }

    /** Whether every key of a LoRA that finds no layer is an error. */
    public Builder strict(boolean all) {
      return policy(all ? MatchPolicy.STRICT : MatchPolicy.WHOLE);
    }

    /** Of the first picture, see {@link Seed}; the next have seed + 1, seed + 2, ... */
    public Builder seed(long first) {
      seed = first;
      return this;
    }

    /** Number of pictures, at least 1. */
    public Builder count(int n) {
      count = n;
      return this;
    }

    /** Most pictures that are computed together, at least 1. */
    public Builder batch(@Nullable Integer most) {
      batch = most;
      return this;
    }

    /** Type of the weights of U-Net and autoencoder: F32, BF16 or F16. */
    public Builder dtype(DType type) {
      compute = compute.withDtype(type);
      return this;
    }

    /** Whether the autoencoder works in tiles: less memory, and a slightly other picture. */
    public Builder tiling(boolean on) {
      compute = compute.withTiling(on);
      return this;
    }

    /** Threads that one operation may use, at least 1. */
    public Builder threads(@Nullable Integer n) {
      compute = compute.withThreads(n);
      return this;
    }

    /**
     * The request.
     *
     * @throws InvalidRequestException if the choices contradict each other
     */
    public Request build() {
      return new Request(
          prompt,
          sampling,
          size,
          input,
          adapters,
          loras,
          policy,
          seed,
          count,
          batch,
          compute,
          customSampler,
          hook);
    }
  }
}
