package io.github.tcd4j.pipeline.prompt;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A prompt, and how it becomes the text that the U-Net attends to.
 *
 * @param text may be empty
 * @param negative what to steer away from; acts only where guidance is on. Null, which is not the
 *     same as empty: some SDXL models then steer away from a row of zeros
 * @param syntax of both texts
 * @param clipSkip the layer of the text encoders that counts, from the end: 1 for the last. Null
 *     for the model's own, the last or, for SDXL, the one before. (diffusers counts from there: its
 *     {@code clip_skip=1} is 2 here, for SDXL 3.)
 * @param embeddings files of textual inversion
 */
public record PromptSettings(
    String text,
    @Nullable String negative,
    PromptSyntax syntax,
    @Nullable Integer clipSkip,
    List<EmbeddingFile> embeddings) {
  /** No words; every character is text; the model's own layer; no embeddings. */
  public static final PromptSettings PLAIN =
      new PromptSettings("", null, PromptSyntax.PLAIN, null, List.of());

  /** No words; with weights and windows, which means the same for prompts without syntax. */
  public static final PromptSettings A1111 = PLAIN.withSyntax(PromptSyntax.A1111);

  public PromptSettings {
    if (clipSkip != null && clipSkip < 1) {
      throw new InvalidRequestException(
          "clip skip must be at least 1, the last layer, but was " + clipSkip);
    }
    embeddings = List.copyOf(embeddings);
  }

  public PromptSettings withText(String prompt) {
    return new PromptSettings(prompt, negative, syntax, clipSkip, embeddings);
  }

  public PromptSettings withNegative(@Nullable String prompt) {
    return new PromptSettings(text, prompt, syntax, clipSkip, embeddings);
  }

  public PromptSettings withSyntax(PromptSyntax other) {
    return new PromptSettings(text, negative, other, clipSkip, embeddings);
  }

  public PromptSettings withClipSkip(@Nullable Integer layer) {
    return new PromptSettings(text, negative, syntax, layer, embeddings);
  }

  public PromptSettings withEmbeddings(List<EmbeddingFile> files) {
    return new PromptSettings(text, negative, syntax, clipSkip, files);
  }
}
