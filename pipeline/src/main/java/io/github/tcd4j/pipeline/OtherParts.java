package io.github.tcd4j.pipeline;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the parts are that a model's files leave out, or that are to stand for its own.
 *
 * @param tokenizer folder of a single file's tokenizer, or one with the folders {@code tokenizer}
 *     and {@code tokenizer_2} in it; null for the file's own folder
 * @param textEncoder folder with the folders {@code text_encoder} and {@code text_encoder_2} of a
 *     single file that has none inside, or that of its first one itself; null for the file's own
 *     folder
 * @param vae a folder or a file with an autoencoder in the place of the model's own; null for its
 *     own
 */
public record OtherParts(@Nullable Path tokenizer, @Nullable Path textEncoder, @Nullable Path vae) {
  public static final OtherParts NONE = new OtherParts(null, null, null);

  /** These, and what they leave open from {@code rest}. */
  public OtherParts or(OtherParts rest) {
    return new OtherParts(
        tokenizer == null ? rest.tokenizer : tokenizer,
        textEncoder == null ? rest.textEncoder : textEncoder,
        vae == null ? rest.vae : vae);
  }

  public OtherParts withTokenizer(@Nullable Path folder) {
    return new OtherParts(folder, textEncoder, vae);
  }

  public OtherParts withVae(@Nullable Path path) {
    return new OtherParts(tokenizer, textEncoder, path);
  }
}
