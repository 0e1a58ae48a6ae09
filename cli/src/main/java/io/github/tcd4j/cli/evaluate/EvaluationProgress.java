package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.cli.console.Terminal;
import io.github.tcd4j.evaluation.experiment.EvaluationListener;
import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.measure.Measurement;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Shows the progress of an evaluation: a line for each point, and a count of pictures, on a
 * terminal always, elsewhere every half minute.
 */
final class EvaluationProgress implements EvaluationListener, AutoCloseable {
  /** Between two lines where there is no terminal. */
  private static final Duration PAUSE = Duration.ofSeconds(30);

  private final PrintWriter out;
  private final Interrupt interrupt;
  private final boolean terminal = Terminal.onStderr();
  private final PicturesProgress scoring;
  private String current = "";
  private String left = "";
  private boolean drawn;
  private long told = System.nanoTime();

  EvaluationProgress(PrintWriter out, Interrupt interrupt) {
    this.out = out;
    this.interrupt = interrupt;
    scoring = new PicturesProgress(out, interrupt);
  }

  @Override
  public void remaining(Duration time) {
    left = ", " + PicturesProgress.left(time.toMillis() / 1000.0) + " left for all";
  }

  @Override
  public void scored(String network, int done, int total, int known) {
    scoring.progress(network, done, total, known);
  }

  @Override
  public void note(String message) {
    line("note: " + message);
  }

  @Override
  public void started(EvaluationPoint point, int index, int count) {
    interrupt.check();
    current = String.format(Locale.ROOT, "%d/%d %s: %s", index, count, point.label(), point.key());
    line(current);
  }

  @Override
  public void generated(int done, int total) {
    interrupt.check();
    if (terminal) {
      out.print(Terminal.CLEAR_LINE + current + ", " + done + "/" + total + " pictures" + left);
      out.flush();
      drawn = true;
    } else if (done < total && System.nanoTime() - told > PAUSE.toNanos()) {
      line("  " + done + "/" + total + " pictures" + left);
    }
  }

  @Override
  public void measured(Measurement measurement) {
    if (measurement.figures().isEmpty()) {
      return;
    }
    line(
        measurement.figures().entrySet().stream()
            .map(
                f ->
                    f.getKey().title()
                        + " "
                        + String.format(Locale.ROOT, "%.3g", f.getValue().value()))
            .sorted()
            .collect(Collectors.joining(", ", "  " + measurement.label() + ": ", "")));
  }

  private void line(String text) {
    out.println(drawn ? Terminal.CLEAR_LINE + text : text);
    out.flush();
    drawn = false;
    told = System.nanoTime();
  }

  @Override
  public void close() {
    scoring.close();
    if (drawn) {
      out.println();
      out.flush();
    }
  }
}
