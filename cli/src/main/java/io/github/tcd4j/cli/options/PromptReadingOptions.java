package io.github.tcd4j.cli.options;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.lora.PromptLoras;
import io.github.tcd4j.pipeline.prompt.EmbeddingFile;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How prompts are read, wherever they come from. */
public class PromptReadingOptions {
  @Option(
      names = {"-n", "--negative"},
      paramLabel = "TEXT",
      description = {
        "What to steer away from; acts only where guidance is on.",
        "SDXL without it steers away from zeros where the model says so; -n \"\" encodes no words."
      })
  @Nullable String negative;

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

  PromptReadingOptions() {}

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

  /**
   * How the prompts are to be read; without their text.
   *
   * @throws InvalidRequestException if the negative prompt names a LoRA
   */
  public PromptSettings settings() {
    return PromptSettings.PLAIN
        .withSyntax(syntax)
        .withNegative(PromptLoras.negative(negative, syntax))
        .withClipSkip(clipSkip)
        .withEmbeddings(embeddings.stream().map(EmbeddingFile::of).toList());
  }
}
