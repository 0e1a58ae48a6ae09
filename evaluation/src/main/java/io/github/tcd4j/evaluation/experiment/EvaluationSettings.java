package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.evaluation.dataset.EvaluationData;
import io.github.tcd4j.evaluation.generate.SamplerConfig;
import io.github.tcd4j.evaluation.measure.Resampling;
import io.github.tcd4j.files.InvalidRequestException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What to evaluate and how.
 *
 * @param pair folder of the text-image pair in whose features the pair's measures are taken
 * @param measures what is measured
 * @param samplers the samplers to compare, each with a label of its own
 * @param steps numbers of steps at which to compare them
 * @param sweep how to choose between several guidances
 * @param material captions to generate and images to compare with
 * @param resampling of the bootstrap
 * @param seed of the first picture and of every random choice
 * @param batch images to generate at once
 * @param output what to leave behind
 */
public record EvaluationSettings(
    Path pair,
    MeasureSelection measures,
    List<SamplerConfig> samplers,
    List<Integer> steps,
    GuidanceSweep sweep,
    EvaluationData material,
    Resampling resampling,
    long seed,
    int batch,
    EvaluationOutput output) {
  public EvaluationSettings {
    samplers = List.copyOf(samplers);
    steps = List.copyOf(steps);
    if (samplers.isEmpty()) {
      throw new InvalidRequestException("there must be at least one sampler to evaluate");
    }
    Set<String> labels = new HashSet<>();
    for (SamplerConfig c : samplers) {
      if (!labels.add(c.label())) {
        throw new InvalidRequestException(
            "two samplers are labelled '" + c.label() + "'; give each a label of its own");
      }
    }
    if (steps.isEmpty() || steps.stream().anyMatch(s -> s < 1)) {
      throw new InvalidRequestException(
          "steps must be a list of numbers of at least 1 but was " + steps);
    }
  }

  /** The usual: guidance chosen with 256 pictures of 20 steps, batches of 32, seed 0. */
  public static EvaluationSettings of(
      Path pair,
      List<SamplerConfig> samplers,
      List<Integer> steps,
      EvaluationData material,
      Path output) {
    return new EvaluationSettings(
        pair,
        MeasureSelection.PAIR,
        samplers,
        steps,
        new GuidanceSweep(20, 256),
        material,
        Resampling.USUAL,
        0,
        32,
        EvaluationOutput.in(output));
  }

  /** The same on other material. */
  public EvaluationSettings with(EvaluationData other) {
    return new EvaluationSettings(
        pair, measures, samplers, steps, sweep, other, resampling, seed, batch, output);
  }

  /** The same with other measures. */
  public EvaluationSettings with(MeasureSelection other) {
    return new EvaluationSettings(
        pair, other, samplers, steps, sweep, material, resampling, seed, batch, output);
  }

  /** The same with something else left behind. */
  public EvaluationSettings with(EvaluationOutput other) {
    return new EvaluationSettings(
        pair, measures, samplers, steps, sweep, material, resampling, seed, batch, other);
  }
}
