package io.github.tcd4j.pipeline;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
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
public record PromptReading(
    PromptSyntax syntax, @Nullable Integer clipSkip, List<AppliedEmbedding> embeddings) {
  /** Every character is text; the model's own layer; no embeddings. */
  public static final PromptReading PLAIN = new PromptReading(PromptSyntax.PLAIN, null, List.of());

  /** With weights and windows; means the same for prompts without syntax. */
  public static final PromptReading A1111 = new PromptReading(PromptSyntax.A1111, null, List.of());

  public PromptReading {
    if (clipSkip != null && clipSkip < 1) {
      throw new InvalidRequestException(
          "clip skip must be at least 1, the last layer, but was " + clipSkip);
    }
    embeddings = List.copyOf(embeddings);
  }

  public PromptReading withSyntax(PromptSyntax other) {
    return new PromptReading(other, clipSkip, embeddings);
  }

  public PromptReading withClipSkip(@Nullable Integer layer) {
    return new PromptReading(syntax, layer, embeddings);
  }

  public PromptReading withEmbeddings(List<AppliedEmbedding> files) {
    return new PromptReading(syntax, clipSkip, files);
  }
}
