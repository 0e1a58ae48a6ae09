package io.github.tcd4j.pipeline.checkpoint;

import io.github.tcd4j.files.InvalidRequestException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the components are that a model's files leave out, or that replace its own.
 *
 * @param tokenizer folder of a single file's tokenizer, or one with the folders {@code tokenizer}
 *     and {@code tokenizer_2} in it; null for the file's own folder
 * @param textEncoder folder with the folders {@code text_encoder} and {@code text_encoder_2} of a
 *     single file that has none inside, or that of its first one itself; null for the file's own
 *     folder
 * @param vae a folder or a file with an autoencoder in the place of the model's own; null for its
 *     own
 */
public record ComponentOverrides(
    @Nullable Path tokenizer, @Nullable Path textEncoder, @Nullable Path vae) {
  public static final ComponentOverrides NONE = new ComponentOverrides(null, null, null);

  /** These, and what they leave open from {@code rest}. */
  public ComponentOverrides or(ComponentOverrides rest) {
    return new ComponentOverrides(
        tokenizer == null ? rest.tokenizer : tokenizer,
        textEncoder == null ? rest.textEncoder : textEncoder,
        vae == null ? rest.vae : vae);
  }

  /** Fails before anything is read where one of them is not there. */
  void requireExisting() {
    requireExisting("tokenizer", tokenizer);
    requireExisting("text encoder", textEncoder);
    requireExisting("autoencoder", vae);
  }

  private static void requireExisting(String what, @Nullable Path path) {
    if (path != null && !Files.exists(path)) {
      throw new InvalidRequestException(what + " " + path + " does not exist");
    }
  }

  public ComponentOverrides withTokenizer(@Nullable Path folder) {
    return new ComponentOverrides(folder, textEncoder, vae);
  }

  public ComponentOverrides withVae(@Nullable Path path) {
    return new ComponentOverrides(tokenizer, textEncoder, path);
  }
}
