package io.github.tcd4j.evaluation;

import io.github.tcd4j.pipeline.lora.LoraSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sampler that enters the comparison, at every number of steps.
 *
 * @param label what tables and plots call it
 * @param sampler name in the registry of samplers
 * @param guidances none for the pipeline's default, one to use, several to choose the best of
 * @param gamma share of fresh noise in a TCD step; null for the default
 * @param spacing rule of the time steps; null for the model's own
 * @param loras what changes the model, by name or file
 */
public record Contender(
    String label,
    String sampler,
    List<Double> guidances,
    @Nullable Double gamma,
    @Nullable String spacing,
    List<LoraSpec> loras) {
  public Contender {
    guidances = List.copyOf(guidances);
    loras = List.copyOf(loras);
  }

  /** A sampler with the pipeline's defaults. */
  public static Contender of(String label, String sampler, LoraSpec... loras) {
    return new Contender(label, sampler, List.of(), null, null, List.of(loras));
  }

  /** The same with one guidance, or with several to choose from. */
  public Contender withGuidances(List<Double> guidances) {
    return new Contender(label, sampler, guidances, gamma, spacing, loras);
  }

  /** The same with another rule of the time steps. */
  public Contender withSpacing(@Nullable String spacing) {
    return new Contender(label, sampler, guidances, gamma, spacing, loras);
  }

  /** The same under another name. */
  Contender labelled(String label) {
    return new Contender(label, sampler, guidances, gamma, spacing, loras);
  }

  /** The setup of that many steps; fails while the guidance is still to be chosen. */
  public Setup at(int steps) {
    if (guidances.size() > 1) {
      throw new IllegalStateException(
          "the guidance of " + label + " is still one of " + guidances + "; choose it first");
    }
    return at(steps, guidances.isEmpty() ? null : guidances.get(0));
  }

  Setup at(int steps, @Nullable Double guidance) {
    return new Setup(label, sampler, steps, guidance, gamma, spacing, loras);
  }
}
