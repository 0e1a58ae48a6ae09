package io.github.tcd4j.evaluation;

import java.util.List;

/**
 * How much an evaluation has to paint, if nothing of it is there yet.
 *
 * @param pictures in all
 * @param rows latents that go through the network, a guided one twice each time that the network is
 *     asked
 */
record Workload(long pictures, long rows) {
  static Workload of(EvaluationSettings settings, Prompts chosen, Prompts aligned) {
    long each = chosen.equals(aligned) ? chosen.size() : (long) chosen.size() + aligned.size();
    long tried = Math.min(chosen.size(), settings.sweep().pictures());
    List<Setup> sweep = settings.sweep().setups(settings.contenders());
    long pictures = sweep.size() * tried;
    long rows = sweep.stream().mapToLong(s -> rows(s) * tried).sum();
    for (Contender c : settings.contenders()) {
      double guidance = c.guidances().stream().mapToDouble(g -> g).max().orElse(1);
      for (int steps : settings.steps()) {
        pictures += each;
        rows += rows(c.at(steps, guidance)) * each;
      }
    }
    return new Workload(pictures, rows);
  }

  private static long rows(Setup setup) {
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
