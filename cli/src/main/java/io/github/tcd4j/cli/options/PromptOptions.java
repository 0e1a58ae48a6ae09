package io.github.tcd4j.cli.options;

import io.github.tcd4j.files.InvalidRequestException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is to be seen. */
public final class PromptOptions extends PromptReadingOptions {
  @Parameters(
      paramLabel = "PROMPT",
      arity = "0..*",
      description = "The prompt; several words are joined, so it needs no quotes.")
  List<String> words = List.of();

  @Option(
      names = "--prompt-file",
      order = -2,
      paramLabel = "FILE",
      description = "A file with one prompt per line; each is generated from the same seeds.")
  @Nullable Path file;

  /** What editors on Windows begin a file in UTF-8 with. */
  private static final String MARK = "\uFEFF";

  /** The prompts, at least one. */
  public List<String> texts() throws IOException {
    if (words.isEmpty() == (file == null)) {
      throw new InvalidRequestException(
          words.isEmpty()
              ? "there is no prompt; give one, such as \"red apple, fluent 3d style\", or --prompt-file"
              : "a prompt and --prompt-file exclude each other");
    }
    if (file == null) {
      return List.of(String.join(" ", words));
    }
    if (!Files.exists(file)) {
      throw new InvalidRequestException("prompt file " + file + " does not exist");
    }
    List<String> lines;
    try {
      lines =
          Files.readAllLines(file).stream()
              .map(line -> line.replace(MARK, "").strip())
              .filter(l -> !l.isEmpty())
              .toList();
    } catch (CharacterCodingException e) {
      throw new InvalidRequestException("prompt file " + file + " is not UTF-8 text", e);
    }
    if (lines.isEmpty()) {
      throw new InvalidRequestException("prompt file " + file + " holds no prompt");
    }
    return lines;
  }
}
