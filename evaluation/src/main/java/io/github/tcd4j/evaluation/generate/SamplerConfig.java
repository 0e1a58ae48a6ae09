package io.github.tcd4j.evaluation.generate;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sampler that enters the comparison, at every number of steps.
 *
 * @param label what tables and plots call it
 * @param sampler name in the registry of samplers
 * @param guidances none for the pipeline's default, one to use, several to choose the best of
 * @param gamma share of fresh noise in the TCD steps; null for the default
 * @param spacing rule of the time steps; null for the model's own
 * @param loras what changes the model, by name or file
 */
public record SamplerConfig(
    String label,
    String sampler,
    List<Double> guidances,
    @Nullable Gamma gamma,
    @Nullable String spacing,
    List<LoraSpec> loras) {
  private static final String CONTROL = " lora none";

  public SamplerConfig {
    guidances = List.copyOf(guidances);
    loras = List.copyOf(loras);
  }

  /** A sampler with the pipeline's defaults. */
  public static SamplerConfig of(String label, String sampler, LoraSpec... loras) {
    return new SamplerConfig(label, sampler, List.of(), null, null, List.of(loras));
  }

  /**
   * A sampler of distilled networks on the model without a LoRA and without guidance: the control
   * that shows what the distillation contributed.
   *
   * @param title of the sampler
   */
  public static SamplerConfig control(String title, String sampler, @Nullable Gamma gamma) {
    return new SamplerConfig(title + CONTROL, sampler, List.of(1.0), gamma, null, List.of());
  }

  /** Whether it is a {@link #control}. */
  public boolean isControl() {
    return label.endsWith(CONTROL);
  }

  /** The same with one guidance, or with several to choose from. */
  public SamplerConfig withGuidances(List<Double> guidances) {
    return new SamplerConfig(label, sampler, guidances, gamma, spacing, loras);
  }

  /** The same with another rule of the time steps. */
  public SamplerConfig withSpacing(@Nullable String spacing) {
    return new SamplerConfig(label, sampler, guidances, gamma, spacing, loras);
  }

  /** The same under another name. */
  public SamplerConfig labelled(String label) {
    return new SamplerConfig(label, sampler, guidances, gamma, spacing, loras);
  }

  /** The point of that many steps; fails while the guidance is still to be chosen. */
  public EvaluationPoint at(int steps) {
    if (guidances.size() > 1) {
      throw new IllegalStateException(
          "the guidance of " + label + " is still one of " + guidances + "; choose it first");
    }
    return at(steps, guidances.isEmpty() ? null : guidances.get(0));
  }

  public EvaluationPoint at(int steps, @Nullable Double guidance) {
    return new EvaluationPoint(label, sampler, steps, guidance, gamma, spacing, loras, null);
  }
}
