package io.github.tcd4j.cli.console;

/** The exit codes of every command. */
public final class ExitCode {
  /** Done. */
  public static final int OK = 0;

  /** Failed while running. */
  public static final int FAILED = 1;

  /** Wrong usage. */
  public static final int USAGE = 2;

  /** Cancelled by the user: 128 + SIGINT, as shells count. */
  public static final int CANCELLED = 130;

  private ExitCode() {}
}
