package io.github.tcd4j.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is to be seen. */
final class PromptOptions {
  @Parameters(
      paramLabel = "PROMPT",
      arity = "0..*",
      description = "The prompt; several words are joined, so it needs no quotes.")
  List<String> words = List.of();

  @Option(
      names = "--prompt-file",
      paramLabel = "FILE",
      description = "One prompt a line instead; each is painted from the same seed.")
  @Nullable Path file;

  @Option(
      names = {"-n", "--negative"},
      paramLabel = "TEXT",
      description = {
        "What to steer away from; acts only where guidance is on.",
        "SDXL without it steers away from zeros where the model says so; -n \"\" encodes no words."
      })
  @Nullable String negative;

  /** The prompts, at least one. */
  List<String> texts() throws IOException {
    if (words.isEmpty() == (file == null)) {
      throw new IllegalArgumentException(
          words.isEmpty()
              ? "there is no prompt; give one, such as \"red apple, fluent 3d style\", or --prompt-file"
              : "a prompt and --prompt-file exclude each other");
    }
    if (file == null) {
      return List.of(String.join(" ", words));
    }
    List<String> lines;
    try {
      lines =
          Files.readAllLines(file).stream().map(String::strip).filter(l -> !l.isEmpty()).toList();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("prompt file " + file + " is not UTF-8 text", e);
    }
    if (lines.isEmpty()) {
      throw new IllegalArgumentException("prompt file " + file + " holds no prompt");
    }
    return lines;
  }
}
