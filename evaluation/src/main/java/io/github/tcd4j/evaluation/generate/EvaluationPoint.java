package io.github.tcd4j.evaluation.generate;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One row of an evaluation: a sampler at a number of steps, with its settings.
 *
 * @param label what tables and plots call the sampler, as {@code DDIM trailing}
 * @param sampler name in the registry of samplers
 * @param steps of the sampler, at least 1
 * @param guidance guidance scale, off at 1 or less; null for the pipeline's default
 * @param gamma share of fresh noise in the TCD steps; null for the default
 * @param spacing rule of the time steps; null for the model's own
 * @param loras what changes the model, by name or file
 * @param nfe network evaluations for one image, at least 1; null until {@link Generator#settle},
 *     which knows the model, fills it in
 */
public record EvaluationPoint(
    String label,
    String sampler,
    int steps,
    @Nullable Double guidance,
    @Nullable Gamma gamma,
    @Nullable String spacing,
    List<LoraSpec> loras,
    @Nullable Integer nfe) {
  public EvaluationPoint {
    if (label.isBlank()) {
      throw new InvalidRequestException("an evaluation needs a label");
    }
    if (steps < 1) {
      throw new InvalidRequestException("steps must be at least 1 but was " + steps);
    }
    if (nfe != null && nfe < 1) {
      throw new IllegalArgumentException("an image needs at least 1 evaluation but had " + nfe);
    }
    loras = List.copyOf(loras);
  }

  /**
   * Network evaluations for one image (NFE): one per step, or two with samplers of order two; twice
   * that with guidance, which evaluates a conditional and an unconditional row, unless the network
   * takes the guidance as an input.
   *
   * @throws IllegalStateException if the point is not settled: only the model's own noise schedule
   *     decides the number
   */
  public int evaluations() {
    if (nfe == null) {
      throw new IllegalStateException(
          "the evaluations of '" + label + "' are known only once a generator has settled it");
    }
    return nfe;
  }

  /** The one gamma of all steps, 0 without any; NaN where the steps have their own. */
  public double constantGamma() {
    if (gamma == null) {
      return 0;
    }
    return gamma instanceof Gamma.Constant constant ? constant.value() : Double.NaN;
  }

  /** Everything that decides the pictures, in one line; the label does not. */
  public String key() {
    StringJoiner key = new StringJoiner(" ");
    key.add(sampler).add("steps=" + steps);
    if (guidance != null) {
      key.add("guidance=" + guidance);
    }
    if (gamma != null) {
      key.add(
          "gamma=" + gamma.values().stream().map(String::valueOf).collect(Collectors.joining(",")));
    }
    if (spacing != null) {
      key.add("spacing=" + spacing);
    }
    loras.forEach(lora -> key.add("lora=" + lora.name() + ":" + lora.weight()));
    return key.toString();
  }

  /** The beginning of a file name for it: small letters, digits and hyphens. */
  public String slug() {
    String text = (label + " " + steps).toLowerCase(Locale.ROOT);
    return text.replace("+", "p").replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
  }
}
