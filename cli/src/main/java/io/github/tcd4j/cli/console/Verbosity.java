package io.github.tcd4j.cli.console;

import picocli.CommandLine.Model.CommandSpec;

/** Whether the user asked for all details; the command that all others belong to knows. */
public interface Verbosity {
  boolean verbose();

  /** Of the command line that {@code command} is a part of. */
  static boolean of(CommandSpec command) {
    return command.root().userObject() instanceof Verbosity root && root.verbose();
  }
}
