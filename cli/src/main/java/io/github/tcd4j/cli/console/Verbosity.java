package io.github.tcd4j.cli.console;

import picocli.CommandLine.Model.CommandSpec;

/** Whether the user wants all details; an option of the root command. */
public interface Verbosity {
  boolean verbose();

  /** Of the command line that {@code command} is a part of. */
  static boolean of(CommandSpec command) {
    return command.root().userObject() instanceof Verbosity root && root.verbose();
  }
}
