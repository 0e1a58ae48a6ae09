package io.github.tcd4j.cli.console;

import io.github.tcd4j.files.Note;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Shows the progress of generation: what is generated and from which seed, then a bar with the
 * step, seconds per step and time left. On a terminal the bar is drawn anew; elsewhere there is one
 * line at the end.
 */
public final class GenerationProgress implements Progress {
  private static final int WIDTH = 24;

  private final PrintWriter out;
  private final boolean terminal;
  private final boolean verbose;
  private final Clock clock;
  private final Interrupt interrupt;
  private final String label;
  private long startedAt;
  private boolean sampling;

  GenerationProgress(
      PrintWriter out,
      boolean terminal,
      boolean verbose,
      Clock clock,
      Interrupt interrupt,
      String label) {
    this.out = out;
    this.terminal = terminal;
    this.verbose = verbose;
    this.clock = clock;
    this.interrupt = interrupt;
    this.label = label;
  }

  /** On the error stream of a command. */
  public static GenerationProgress of(CommandSpec command, Interrupt interrupt) {
    return new GenerationProgress(
        command.commandLine().getErr(),
        Terminal.onStderr(),
        Verbosity.of(command),
        Clock.systemUTC(),
        interrupt,
        "generating");
  }

  @Override
  public void note(Note note) {
    note(HintText.of(note));
  }

  @Override
  public void note(String message) {
    out.println("note: " + message);
    out.flush();
  }

  @Override
  public void detail(String message) {
    if (verbose) {
      out.println("  " + message);
      out.flush();
    }
  }

  @Override
  public void started(GenerationSettings settings) {
    out.println(SettingsLine.of(settings));
    out.flush();
    startedAt = clock.millis();
    sampling = false;
  }

  /** What it took to read networks and prompts is no part of a step. */
  @Override
  public void samplingStarted() {
    if (!sampling) {
      startedAt = clock.millis();
      sampling = true;
    }
  }

  @Override
  public void step(int done, int steps) {
    interrupt.check();
    double seconds = (clock.millis() - startedAt) / 1000.0;
    double perStep = seconds / done;
    String rate = String.format(Locale.ROOT, "%.2f s/step", perStep);
    if (done == steps) {
      String total = String.format(Locale.ROOT, "%.1f s", seconds);
      out.println(
          (terminal ? Terminal.CLEAR_LINE : "")
              + (label + ": " + steps + " steps, " + rate + ", " + total));
    } else if (terminal) {
      out.print(
          Terminal.CLEAR_LINE
              + (label + " " + bar(done, steps) + " " + done + "/" + steps + "  " + rate)
              + ("  " + clock(perStep * (steps - done)) + " left"));
    }
    out.flush();
  }

  private static String bar(int done, int steps) {
    int filled = WIDTH * done / steps;
    return "[" + "#".repeat(filled) + "-".repeat(WIDTH - filled) + "]";
  }

  /** As 0:07, 12:30 or 3:04:05. */
  private static String clock(double seconds) {
    long s = Math.round(seconds);
    return s < 3600
        ? String.format(Locale.ROOT, "%d:%02d", s / 60, s % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  }
}
