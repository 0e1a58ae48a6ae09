package io.github.tcd4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.console.ExitCode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** A command with a bug, run as every other command is. */
class UnexpectedErrorTest {
  @Command(name = "broken")
  static final class Broken implements Callable<Integer> {
    @Override
    public Integer call() {
      throw new IllegalStateException("the scope is closed\nwith more to say");
    }
  }

  private static Tcd4j run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine()
            .addSubcommand(new Broken())
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    return new Tcd4j(command.execute(arguments), out.toString(), err.toString());
  }

  @Test
  void isOneSentenceWithTheRequestToReportIt() {
    Tcd4j run = run("broken");

    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(run.sentence())
        .isEqualTo(
            "unexpected IllegalStateException: the scope is closed; this is a bug in tcd4j: please"
                + " report it, with what --verbose prints");
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void showsItsStackTraceWithVerboseOnly() {
    Tcd4j run = run("--verbose", "broken");

    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err())
        .contains("\tat " + Broken.class.getName() + ".call", "this is a bug in tcd4j");
  }
}
