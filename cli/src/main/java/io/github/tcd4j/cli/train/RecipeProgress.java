package io.github.tcd4j.cli.train;

import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.cli.console.Terminal;
import io.github.tcd4j.training.TrainingListener;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.run.ProgressLine;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Shows a training run on the error stream. */
final class RecipeProgress implements TrainingListener, AutoCloseable {
  private final ProgressLine line;

  private final Interrupt interrupt;

  RecipeProgress(Recipe recipe, Interrupt interrupt) {
    this.interrupt = interrupt;
    line = new ProgressLine(System.err, Terminal.onStderr(), Clock.systemUTC(), recipe.task());
  }

  @Override
  public void note(String sentence) {
    line.note(sentence);
  }

  @Override
  public void started(long step, long total) {
    line.start(step, total);
  }

  @Override
  public void stepped(long step, int examples, double loss, Map<String, Double> figures) {
    line.step(step, examples, loss);
  }

  @Override
  public void check() {
    interrupt.check();
  }

  @Override
  public boolean cancelled() {
    return interrupt.asked();
  }

  @Override
  public void probed(long step, Map<String, Double> figures, Map<String, Double> first) {
    if (step > 0) {
      line.note(
          figures.entrySet().stream()
              .filter(f -> !f.getKey().contains("/"))
              .map(f -> compared(f.getKey(), f.getValue(), first.get(f.getKey())))
              .collect(Collectors.joining(", ", "step " + step + ", fixed examples: ", "")));
    }
  }

  private static String compared(String name, double value, @Nullable Double first) {
    String now = name.replace('_', ' ') + String.format(Locale.ROOT, " %.4g", value);
    return first == null ? now : now + String.format(Locale.ROOT, " (%.4g at first)", first);
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
