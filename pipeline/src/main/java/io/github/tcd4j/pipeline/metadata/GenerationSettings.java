package io.github.tcd4j.pipeline.metadata;

import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that made one picture, nothing left open: what the PNG keeps. The nested records are those of
 * a request with every choice filled in; {@link #sampler}, {@link #steps} and their like read what
 * may be open in a request and is not here.
 *
 * @param model which model
 * @param prompt its text and how it was read
 * @param sampling sampler, steps and guidance, filled in
 * @param size filled in
 * @param input the picture that it was made from, its strength or image guidance filled in
 * @param loras in order
 * @param position in its batch
 * @param compute precision and threads, filled in
 * @param machine device and libtorch
 * @param version of this project
 */
public record GenerationSettings(
    ModelIdentity model,
    PromptSettings prompt,
    SamplingSettings sampling,
    ImageSize size,
    InputSettings input,
    List<ResolvedLora> loras,
    BatchPosition position,
    ComputeSettings compute,
    Machine machine,
    String version) {
  public GenerationSettings {
    filled("sampler", sampling.sampler());
    filled("guidance", sampling.guidance());
    filled("width", size.width());
    filled("height", size.height());
    filled("threads", compute.threads());
    if (!sampling.knobs().hasLength()) {
      throw new IllegalArgumentException("a picture's settings need steps or timesteps");
    }
    loras = List.copyOf(loras);
  }

  private static void filled(String name, @Nullable Object value) {
    if (value == null) {
      throw new IllegalArgumentException("a picture's settings need " + name);
    }
  }

  /** A name of the registry, or {@link SamplingSettings#CUSTOM}. */
  public String sampler() {
    return Objects.requireNonNull(sampling.sampler());
  }

  /** Number of steps. */
  public int steps() {
    return sampling.knobs().count();
  }

  /** diffusers' guidance_scale; off at 1 and less. */
  public double guidance() {
    return Objects.requireNonNull(sampling.guidance());
  }

  /** Whether guidance is on. */
  public boolean guided() {
    return guidance() > 1;
  }

  /** The picture's own seed. */
  public long seed() {
    return position.seed();
  }

  /** In pixels. */
  public int width() {
    return Objects.requireNonNull(size.width());
  }

  /** In pixels. */
  public int height() {
    return Objects.requireNonNull(size.height());
  }

  /** Threads that one operation could use. */
  public int threads() {
    return Objects.requireNonNull(compute.threads());
  }

  public GenerationSettings withModel(ModelIdentity other) {
    return new GenerationSettings(
        other, prompt, sampling, size, input, loras, position, compute, machine, version);
  }

  public GenerationSettings withPrompt(PromptSettings other) {
    return new GenerationSettings(
        model, other, sampling, size, input, loras, position, compute, machine, version);
  }

  public GenerationSettings withSampling(SamplingSettings other) {
    return new GenerationSettings(
        model, prompt, other, size, input, loras, position, compute, machine, version);
  }

  public GenerationSettings withInput(InputSettings other) {
    return new GenerationSettings(
        model, prompt, sampling, size, other, loras, position, compute, machine, version);
  }

  public GenerationSettings withLoras(List<ResolvedLora> others) {
    return new GenerationSettings(
        model, prompt, sampling, size, input, others, position, compute, machine, version);
  }

  public GenerationSettings withPosition(BatchPosition other) {
    return new GenerationSettings(
        model, prompt, sampling, size, input, loras, other, compute, machine, version);
  }
}
