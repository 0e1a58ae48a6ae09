package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.cli.console.Terminal;
import io.github.tcd4j.evaluation.score.PictureListener;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/**
 * Shows how far each network is, how fast, and how long it will take: on a terminal always,
 * elsewhere every half minute and at the end of each network.
 */
final class PicturesProgress implements PictureListener, AutoCloseable {
  /** Between two lines where there is no terminal. */
  private static final Duration PAUSE = Duration.ofSeconds(30);

  private final PrintWriter out;
  private final Interrupt interrupt;
  private final boolean terminal = Terminal.onStderr();
  private String network = "";
  private int total;
  private int startedAt;
  private long started;
  private long shown;
  private boolean drawn;

  PicturesProgress(PrintWriter out, Interrupt interrupt) {
    this.out = out;
    this.interrupt = interrupt;
  }

  @Override
  public void note(String message) {
    line("note: " + message);
  }

  @Override
  public void progress(String name, int done, int count, int known) {
    interrupt.check();
    long now = System.nanoTime();
    if (!name.equals(network) || count != total || done < startedAt) {
      network = name;
      total = count;
      started = now;
      shown = now;
      startedAt = done;
    }
    if (done == count) {
      line(name + ": " + count + " pictures, " + known + " of them known before");
      startedAt = Integer.MAX_VALUE;
    } else if (terminal || now - shown > PAUSE.toNanos()) {
      show(name, done, count, known, (now - started) / 1e9);
      shown = now;
    }
  }

  private void show(String name, int done, int count, int known, double seconds) {
    int computed = done - startedAt - Math.min(known, done - startedAt);
    String text = name + ": " + done + "/" + count + " pictures";
    if (computed > 0 && seconds > 0) {
      double speed = computed / seconds;
      text +=
          String.format(
              Locale.ROOT, ", %.1f a second, %s left", speed, left((count - done) / speed));
    }
    if (terminal) {
      out.print(Terminal.CLEAR_LINE + text);
      out.flush();
      drawn = true;
    } else {
      line("  " + text);
    }
  }

  static String left(double seconds) {
    long s = Math.round(seconds);
    return s < 90
        ? s + " s"
        : s < 5400 ? Math.round(s / 60.0) + " min" : Math.round(s / 3600.0) + " h";
  }

  private void line(String text) {
    out.println(drawn ? Terminal.CLEAR_LINE + text : text);
    out.flush();
    drawn = false;
  }

  @Override
  public void close() {
    if (drawn) {
      out.println();
      out.flush();
    }
  }
}
