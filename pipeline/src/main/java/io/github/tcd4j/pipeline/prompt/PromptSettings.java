package io.github.tcd4j.pipeline.prompt;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How prompts become what the U-Net looks at.
 *
 * @param clipSkip the layer of the text encoders that counts, from the end: 1 for the last. Null
 *     for the model's own, the last or, for SDXL, the one before. (diffusers counts from there: its
 *     {@code clip_skip=1} is 2 here, for SDXL 3.)
 * @param embeddings files of textual inversion
 */
public record PromptSettings(
    PromptSyntax syntax, @Nullable Integer clipSkip, List<EmbeddingFile> embeddings) {
  /** Every character is text; the model's own layer; no embeddings. */
  public static final PromptSettings PLAIN =
      new PromptSettings(PromptSyntax.PLAIN, null, List.of());

  /** With weights and windows; means the same for prompts without syntax. */
  public static final PromptSettings A1111 =
      new PromptSettings(PromptSyntax.A1111, null, List.of());

  public PromptSettings {
    if (clipSkip != null && clipSkip < 1) {
      throw new InvalidRequestException(
          "clip skip must be at least 1, the last layer, but was " + clipSkip);
    }
    embeddings = List.copyOf(embeddings);
  }

  public PromptSettings withSyntax(PromptSyntax other) {
    return new PromptSettings(other, clipSkip, embeddings);
  }

  public PromptSettings withClipSkip(@Nullable Integer layer) {
    return new PromptSettings(syntax, layer, embeddings);
  }

  public PromptSettings withEmbeddings(List<EmbeddingFile> files) {
    return new PromptSettings(syntax, clipSkip, files);
  }
}
