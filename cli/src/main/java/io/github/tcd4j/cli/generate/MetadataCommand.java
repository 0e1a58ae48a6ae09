package io.github.tcd4j.cli.generate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.images.png.PngException;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.pipeline.metadata.FileTexts;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tcd4j metadata FILE}: the settings inside a picture. */
@Command(
    name = "metadata",
    mixinStandardHelpOptions = true,
    description = "Show the settings inside a picture of tcd4j or another program.")
public final class MetadataCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "A PNG, GIF or WebP file.")
  Path file;

  @Option(names = "--json", description = "Print only the JSON that replay reads.")
  boolean json;

  @Override
  public Integer call() {
    PngMetadata metadata = FileTexts.read(file);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      pretty(metadata.settings()).lines().forEach(line -> out.println(printable(line)));
    } else if (metadata.texts().isEmpty()) {
      throw new PngException(file + " holds no settings");
    } else {
      metadata.texts().forEach((keyword, text) -> print(out, keyword, text));
    }
    out.flush();
    return ExitCode.OK;
  }

  private static void print(PrintWriter out, String keyword, String text) {
    out.println(printable(keyword) + ":");
    String shown = keyword.equals(PngMetadata.TCD4J) ? pretty(text) : text;
    shown.lines().forEach(line -> out.println("  " + printable(line)));
  }

  private static String pretty(String text) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(JSON.readTree(text));
    } catch (JsonProcessingException e) {
      return text;
    }
  }

  /** A stranger's picture must not send commands to the terminal, in one byte or two. */
  private static String printable(String line) {
    return line.replaceAll("\\p{Cc}", "?");
  }
}
