package io.github.tcd4j.cli.train;

import io.github.tcd4j.cli.console.Terminal;
import io.github.tcd4j.training.TrainingLoop;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.run.ProgressLine;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** Shows a training run on the error stream. */
final class RecipeProgress implements TrainingLoop.Listener, AutoCloseable {
  private final ProgressLine line;

  RecipeProgress(Recipe recipe) {
    line = new ProgressLine(System.err, Terminal.onStderr(), Clock.systemUTC(), recipe.task());
  }

  void note(String sentence) {
    line.note(sentence);
  }

  @Override
  public void started(long step, long total) {
    line.start(step, total);
  }

  @Override
  public void stepped(long step, int examples, Map<String, Double> figures) {
    line.step(step, examples, Objects.requireNonNull(figures.get("loss"), "loss"));
  }

  @Override
  public void sampled(long step, Map<String, Double> figures) {
    if (!figures.isEmpty()) {
      line.note(
          figures.entrySet().stream()
              .map(f -> f.getKey() + String.format(Locale.ROOT, " %.4g", f.getValue()))
              .collect(Collectors.joining(", ", "step " + step + ": ", "")));
    }
  }

  @Override
  public void close() {
    line.close();
  }
}
