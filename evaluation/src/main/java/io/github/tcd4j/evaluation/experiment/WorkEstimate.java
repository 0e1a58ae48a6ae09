package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.generate.SamplerConfig;
import java.util.List;

/**
 * How much an evaluation has to paint, if nothing of it is there yet.
 *
 * @param pictures in all
 * @param rows latents that go through the network, a guided one twice each time that the network is
 *     asked
 */
record WorkEstimate(long pictures, long rows) {
  static WorkEstimate of(EvaluationSettings settings, Prompts chosen, Prompts aligned) {
    long each = chosen.equals(aligned) ? chosen.size() : (long) chosen.size() + aligned.size();
    long tried = Math.min(chosen.size(), settings.sweep().pictures());
    List<EvaluationPoint> sweep = settings.sweep().setups(settings.contenders());
    long pictures = sweep.size() * tried;
    long rows = sweep.stream().mapToLong(s -> rows(s) * tried).sum();
    for (SamplerConfig c : settings.contenders()) {
      double guidance = c.guidances().stream().mapToDouble(g -> g).max().orElse(1);
      for (int steps : settings.steps()) {
        pictures += each;
        rows += rows(c.at(steps, guidance)) * each;
      }
    }
    return new WorkEstimate(pictures, rows);
  }

  private static long rows(EvaluationPoint setup) {
    boolean guided = setup.guidance() != null && setup.guidance() > 1;
    return (guided ? 2L : 1L) * setup.evaluations();
  }

  String sentence() {
    return pictures
        + " pictures to paint in all, for which "
        + rows
        + " latents go through the network (a guided one twice each time)";
  }
}
