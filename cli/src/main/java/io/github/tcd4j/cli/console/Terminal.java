package io.github.tcd4j.cli.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether output goes to a terminal. */
public final class Terminal {
  /** Back to the start of the line, which is cleared. */
  public static final String CLEAR_LINE = "\r\u001b[K";

  private Terminal() {}

  /** Whether the standard error stream is a terminal on which a line can be drawn anew. */
  public static boolean onStderr() {
    if ("dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      // Not Linux: the JDK can only tell of the other two streams.
      return System.console() != null;
    }
  }
}
