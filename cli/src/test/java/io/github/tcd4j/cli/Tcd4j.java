package io.github.tcd4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * Whole commands as a user runs them, but in this process.
 *
 * @param exitCode of the command
 * @param out its standard output
 * @param err its error stream
 */
public record Tcd4j(int exitCode, String out, String err) {
  public static Tcd4j run(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    int exitCode =
        command.execute(Stream.of(arguments).map(Object::toString).toArray(String[]::new));
    return new Tcd4j(exitCode, out.toString(), err.toString());
  }

  /** The tiny model with random weights, of oracle/make_pipeline_fixture.py. */
  public static Path tiny() {
    try {
      return Path.of(Objects.requireNonNull(Tcd4j.class.getResource("/tiny")).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A copy of it that a test may change. */
  public static Path tinyCopy(Path target) throws IOException {
    Path source = tiny();
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = target.resolve(source.relativize(file).toString());
        Files.createDirectories(to.getParent());
        Files.copy(file, to);
      }
    }
    return target;
  }

  /** The paths that it printed. */
  public List<Path> paths() {
    return out.lines().map(Path::of).toList();
  }

  /** The one sentence by which it says what is wrong; fails unless there is exactly one. */
  public String sentence() {
    List<String> lines = err.lines().filter(l -> l.startsWith("tcd4j: ")).toList();
    if (lines.size() != 1 || err.contains("\tat ")) {
      throw new AssertionError("not one sentence:\n" + err);
    }
    return lines.get(0).substring("tcd4j: ".length());
  }
}
