package io.github.tcd4j.pipeline;

import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.models.lora.LoraMetadata;
import io.github.tcd4j.tensor.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Looks up the LoRAs that a request names, or that the model has for itself. */
public final class LoraShelf {
  /** A file as it was when it was hashed. */
  private record Stamp(Path file, long size, FileTime changed) {}

  private static final Map<Stamp, String> HASHES = new ConcurrentHashMap<>();

  private LoraShelf() {}

  /**
   * What a request's LoRAs are before they are read.
   *
   * @param hint what the first of them that is one of ours says of itself
   * @param own whether the model chose, because the user did not
   */
  record Chosen(List<AppliedLora> applied, @Nullable LoraMetadata hint, boolean own) {}

  /**
   * Looks up names; null means the model's own TCD LoRA, where it has one.
   *
   * @throws PipelineException if one does not exist, or lacks its s-embedding
   */
  static Chosen choose(ModelFolder folder, @Nullable List<LoraChoice> choices) {
    boolean own = choices == null;
    List<AppliedLora> applied = new ArrayList<>();
    LoraMetadata hint = null;
    for (LoraChoice choice : choices == null ? ownTcd(folder) : choices) {
      Path file = folder.lora(choice.name());
      Sidecar.of(file);
      LoraMetadata metadata = metadata(file);
      hint = hint == null ? metadata : hint;
      applied.add(new AppliedLora(choice.name(), choice.weight(), hash(file)));
    }
    return new Chosen(applied, hint, own);
  }

  /** What acts where the user chose nothing: the model's own TCD LoRA, or nothing. */
  public static List<LoraChoice> ownTcd(ModelFolder folder) {
    for (Path file : folder.ownLoras()) {
      LoraMetadata metadata = metadata(file);
      if (metadata != null && metadata.method().equals("tcd")) {
        return List.of(new LoraChoice(ModelFolder.loraName(file), 1));
      }
    }
    return List.of();
  }

  /** Files of hundreds of megabytes are asked for with each request; they are read once. */
  private static String hash(Path file) {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      Stamp stamp = new Stamp(file.toRealPath(), now.size(), now.lastModifiedTime());
      return HASHES.computeIfAbsent(stamp, s -> Sha256.of(file));
    } catch (IOException e) {
      throw new PipelineException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static @Nullable LoraMetadata metadata(Path file) {
    try (TensorFile tensors = TensorFile.open(file)) {
      return LoraMetadata.of(tensors.metadata());
    }
  }
}
