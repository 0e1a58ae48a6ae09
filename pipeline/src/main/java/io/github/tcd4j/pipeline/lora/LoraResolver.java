package io.github.tcd4j.pipeline.lora;

import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.models.lora.LoraMetadata;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.checkpoint.SEmbeddingFile;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks up the LoRAs that a request names, or that the model has for itself. */
public final class LoraResolver {
  private LoraResolver() {}

  /**
   * What a request's LoRAs are before they are read.
   *
   * @param hint what the first of them that is one of ours says of itself
   * @param own whether the model chose, because the user did not
   */
  public record Chosen(List<ResolvedLora> applied, @Nullable LoraMetadata hint, boolean own) {}

  /**
   * Looks up names; null means the model's own TCD LoRA, where it has one.
   *
   * @throws io.github.tcd4j.files.InvalidRequestException if one does not exist
   * @throws ModelException if one lacks its s-embedding
   */
  public static Chosen choose(ModelFolder folder, @Nullable List<LoraSpec> choices) {
    boolean own = choices == null;
    List<ResolvedLora> applied = new ArrayList<>();
    LoraMetadata hint = null;
    for (LoraSpec choice : choices == null ? ownTcd(folder) : choices) {
      Path file = folder.lora(choice.name());
      SEmbeddingFile.of(file);
      LoraMetadata metadata = metadata(file);
      hint = hint == null ? metadata : hint;
      applied.add(new ResolvedLora(choice.name(), choice.weight(), Sha256.ofUnchanged(file)));
    }
    return new Chosen(applied, hint, own);
  }

  /** What acts where the user chose nothing: the model's own TCD LoRA, or nothing. */
  public static List<LoraSpec> ownTcd(ModelFolder folder) {
    for (Path file : folder.ownLoras()) {
      LoraMetadata metadata = metadata(file);
      if (metadata != null && metadata.method().equals("tcd")) {
        return List.of(new LoraSpec(ModelFolder.loraName(file), 1));
      }
    }
    return List.of();
  }

  private static @Nullable LoraMetadata metadata(Path file) {
    try (TensorFile tensors = TensorFile.open(file)) {
      return LoraMetadata.of(tensors.metadata());
    }
  }
}
