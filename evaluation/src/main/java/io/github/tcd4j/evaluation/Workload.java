package io.github.tcd4j.evaluation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much an evaluation has to paint, if nothing of it is there yet.
 *
 * @param pictures in all
 * @param rows latents that go through the network, a guided one twice in every step
 */
record Workload(long pictures, long rows) {
  static Workload of(EvaluationSettings settings, Prompts chosen, Prompts aligned) {
    long each = chosen.equals(aligned) ? chosen.size() : (long) chosen.size() + aligned.size();
    long tried = Math.min(chosen.size(), settings.sweep().pictures());
    List<Setup> sweep = settings.sweep().setups(settings.contenders());
    long pictures = sweep.size() * tried;
    long rows = sweep.stream().mapToLong(s -> rows(s.guidance(), s.steps()) * tried).sum();
    for (Contender c : settings.contenders()) {
      double guidance = c.guidances().stream().mapToDouble(g -> g).max().orElse(1);
      for (int steps : settings.steps()) {
        pictures += each;
        rows += rows(guidance, steps) * each;
      }
    }
    return new Workload(pictures, rows);
  }

  private static long rows(@Nullable Double guidance, int steps) {
    return guidance != null && guidance > 1 ? 2L * steps : steps;
  }

  String sentence() {
    return pictures
        + " pictures to paint in all, for which "
        + rows
        + " latents go through the network (a guided one twice a step)";
  }
}
