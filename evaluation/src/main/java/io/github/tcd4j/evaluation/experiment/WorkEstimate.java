package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.generate.Generator;
import io.github.tcd4j.evaluation.generate.SamplerConfig;
import java.util.List;

/**
 * How much an evaluation has to generate, if nothing of it is cached.
 *
 * @param pictures in all
 * @param rows network evaluations in all, two per step and image with guidance
 */
record WorkEstimate(long pictures, long rows) {
  static WorkEstimate of(
      EvaluationSettings settings, Generator generator, Prompts chosen, Prompts aligned) {
    long each = chosen.equals(aligned) ? chosen.size() : (long) chosen.size() + aligned.size();
    long tried = Math.min(chosen.size(), settings.sweep().pictures());
    List<EvaluationPoint> sweep = settings.sweep().points(settings.samplers());
    long pictures = sweep.size() * tried;
    long rows = sweep.stream().mapToLong(s -> generator.settle(s).evaluations() * tried).sum();
    for (SamplerConfig c : settings.samplers()) {
      double guidance = c.guidances().stream().mapToDouble(g -> g).max().orElse(1);
      for (int steps : settings.steps()) {
        pictures += each;
        rows += generator.settle(c.at(steps, guidance)).evaluations() * each;
      }
    }
    return new WorkEstimate(pictures, rows);
  }

  String sentence() {
    return pictures
        + " images to generate in all, with "
        + rows
        + " network evaluations (two per step with guidance)";
  }
}
