package io.github.tcd4j.training;

import io.github.tcd4j.data.EpochOrder;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.training.recipe.Recipe;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Measures a run by the same examples and the same random numbers every time, in float32: what the
 * loss of a step hides in the noise of its examples and in the rounding of mixed precision. The
 * loss is that of step 0, whatever the step, so that two measurements can be compared.
 */
final class Probe {
  /** Fewer examples than this are too few; they come in as many micro-batches as needed. */
  private static final int EXAMPLES = 16;

  /** Examples of a task's own errors, which cost more. */
  private static final int ERROR_EXAMPLES = 8;

  /** No step of a run has this number. */
  private static final long STEP = -1;

  /** Growth that is no worsening. */
  private static final double TOLERANCE = 1.01;

  private static final String LOSS = "loss";

  /**
   * One measurement.
   *
   * @param step steps done
   * @param figures errors by name, smaller is better
   */
  record Measurement(long step, Map<String, Double> figures) {
    /** As the log names them: {@code probe/NAME}. */
    Map<String, Double> named() {
      Map<String, Double> named = new LinkedHashMap<>();
      figures.forEach((name, value) -> named.put("probe/" + name, value));
      return named;
    }

    /** A sentence, if one of the errors is greater than it was in {@code first}. */
    Optional<String> worseThan(Measurement first) {
      List<String> worse = new ArrayList<>();
      figures.forEach(
          (name, value) -> {
            Double before = first.figures.get(name);
            boolean better = before != null && value <= before * TOLERANCE;
            if (before != null && !better && !name.contains("/")) {
              worse.add(
                  String.format(
                      Locale.ROOT,
                      "%s is %.4g and was %.4g",
                      name.replace('_', ' '),
                      value,
                      before));
            }
          });
      return worse.isEmpty()
          ? Optional.empty()
          : Optional.of(
              "the run ended worse than it began: after step "
                  + step
                  + " the "
                  + String.join(", the ", worse)
                  + " at step "
                  + first.step
                  + "; lower rate.peak, or use an earlier checkpoint");
    }
  }

  private final Recipe recipe;
  private final Task task;
  private final List<int[]> batches = new ArrayList<>();

  Probe(Recipe recipe, Task task, EpochOrder order) {
    this.recipe = recipe;
    this.task = task;
    for (int i = 0; i * recipe.batch() < EXAMPLES; i++) {
      batches.add(order.rows(i, recipe.batch()));
    }
  }

  /** Whether the recipe wants a measurement after {@code step} steps. */
  boolean due(long step) {
    long every = recipe.probeRhythm();
    return every > 0 && (step % every == 0 || step == recipe.steps());
  }

  /** Measures the parameters as they are. */
  Measurement measure(long step) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put(LOSS, loss());
    try (Scope scope = Scope.inference();
        RandomSource random = random(batches.size())) {
      int[] rows = batches.get(0);
      int few = Math.min(rows.length, ERROR_EXAMPLES);
      figures.putAll(task.errors(java.util.Arrays.copyOf(rows, few), random));
    }
    return new Measurement(step, figures);
  }

  private double loss() {
    double sum = 0;
    for (int i = 0; i < batches.size(); i++) {
      try (Scope scope = task.takesGradients() ? Scope.recording() : Scope.inference();
          RandomSource random = random(i)) {
        Losses losses = task.losses(batches.get(i), random, 0, recipe.steps());
        sum += losses.of(task.groups().get(0).name()).detach().item();
      }
    }
    return sum / batches.size();
  }

  private RandomSource random(int i) {
    return new RandomSource(StepSeed.of(recipe.seed(), STEP, i));
  }
}
