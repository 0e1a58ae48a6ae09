package io.github.tcd4j.training.run;

import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;

/**
 * How a run goes on, for a person: step, loss, samples per second and time left. On a terminal one
 * line that is drawn anew; elsewhere a new line every half minute.
 *
 * <pre>{@code
 * try (ProgressLine progress = new ProgressLine(System.err, true, Clock.systemUTC(), "teacher")) {
 *   progress.start(firstStep, steps);
 *   progress.step(step, batch, loss);       // teacher 120/3000  loss 0.11312  31.4 samples/s  ...
 *   progress.note("step 120: psnr 24.1");   // a line of its own
 * }
 * }</pre>
 */
public final class ProgressLine implements AutoCloseable {
  private static final Duration REDRAW = Duration.ofMillis(200);
  private static final Duration LINE = Duration.ofSeconds(30);

  /** Share of the newest loss in the one that is shown, which would else jump about. */
  private static final double NEWEST = 0.02;

  private static final String CLEAR_LINE = "\r\u001b[K";

  private final PrintStream out;
  private final boolean terminal;
  private final Clock clock;
  private final String label;
  private long first;
  private long total;
  private long startedAt;
  private long shownAt;
  private long samples;
  private double loss = Double.NaN;
  private String line = "";

  /**
   * A line on {@code out}.
   *
   * @param terminal whether a line there can be drawn anew
   */
  public ProgressLine(PrintStream out, boolean terminal, Clock clock, String label) {
    this.out = out;
    this.terminal = terminal;
    this.clock = clock;
    this.label = label;
  }

  /** Begins to count: {@code done} of {@code total} steps are done. */
  public void start(long done, long total) {
    this.first = done;
    this.total = total;
    startedAt = clock.millis();
    shownAt = startedAt;
    samples = 0;
    note(label + ": " + (total - done) + " steps, from " + done + " to " + total);
  }

  /** One more step is done, which saw {@code count} samples. */
  public void step(long done, int count, double newLoss) {
    samples += count;
    loss = Double.isNaN(loss) ? newLoss : loss + NEWEST * (newLoss - loss);
    long now = clock.millis();
    Duration pause = terminal ? REDRAW : LINE;
    if (now - shownAt < pause.toMillis() && done < total) {
      return;
    }
    shownAt = now;
    double seconds = Math.max(1, now - startedAt) / 1000.0;
    double left = seconds / Math.max(1, done - first) * (total - done);
    line =
        String.format(
            Locale.ROOT,
            "%s %d/%d  loss %.5f  %.1f samples/s  %s left",
            label,
            done,
            total,
            loss,
            samples / seconds,
            time(Math.round(left)));
    out.print(terminal ? CLEAR_LINE + line : line + System.lineSeparator());
    out.flush();
  }

  private static String time(long seconds) {
    return seconds >= 3600
        ? String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
        : String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
  }

  /** Writes a sentence on a line of its own, and the progress under it again. */
  public void note(String sentence) {
    out.println(terminal && !line.isEmpty() ? CLEAR_LINE + sentence : sentence);
    if (terminal) {
      out.print(line);
    }
    out.flush();
  }

  /** Ends the line. */
  @Override
  public void close() {
    if (terminal && !line.isEmpty()) {
      out.println();
    }
  }
}
