package io.github.tcd4j.cli.options;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.prompt.EmbeddingFile;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** What is to be seen. */
public final class PromptOptions {
  @Parameters(
      paramLabel = "PROMPT",
      arity = "0..*",
      description = "The prompt; several words are joined, so it needs no quotes.")
  List<String> words = List.of();

  @Option(
      names = "--prompt-file",
      paramLabel = "FILE",
      description = "A file with one prompt per line; each is generated from the same seeds.")
  @Nullable Path file;

  @Option(
      names = {"-n", "--negative"},
      paramLabel = "TEXT",
      description = {
        "What to steer away from; acts only where guidance is on.",
        "SDXL without it steers away from zeros where the model says so; -n \"\" encodes no words."
      })
  public @Nullable String negative;

  @Option(
      names = "--prompt-syntax",
      paramLabel = "a1111|plain",
      converter = SyntaxConverter.class,
      description = {
        "a1111 (default): (word), (word:1.2) and [word] are weights, BREAK starts a window of 75"
            + " tokens, long prompts take several windows.",
        "plain: all is words, and what is too long is cut, as in diffusers."
      })
  public PromptSyntax syntax = PromptSyntax.A1111;

  @Option(
      names = "--clip-skip",
      paramLabel = "N",
      description =
          "The layer of the text encoder that counts, from the end. Default: 1, the last (SDXL: 2).")
  @Nullable Integer clipSkip;

  @Option(
      names = "--embedding",
      paramLabel = "FILE",
      description =
          "Textual inversion, repeatable; the prompt calls it by the file's name without ending.")
  List<String> embeddings = List.of();

  /** What editors on Windows begin a file in UTF-8 with. */
  private static final String MARK = "\uFEFF";

  /** Reads a syntax. */
  static final class SyntaxConverter implements ITypeConverter<PromptSyntax> {
    @Override
    public PromptSyntax convert(String text) {
      try {
        return PromptSyntax.parse(text);
      } catch (InvalidRequestException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  /** How the prompts are to be read; without their text. */
  public PromptSettings settings() {
    return PromptSettings.PLAIN
        .withSyntax(syntax)
        .withClipSkip(clipSkip)
        .withEmbeddings(embeddings.stream().map(EmbeddingFile::of).toList());
  }

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
