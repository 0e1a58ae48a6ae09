package io.github.tcd4j.pipeline.checkpoint;

import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.lora.LoraMetadata;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The file with the s-embedding that conditions a network of TCF(S+) on the destination s, {@code
 * NAME.s_embedding.safetensors} in the folder of the weights {@code NAME.safetensors}. These say in
 * their metadata that they need it, and which one: without it they are another network, which is
 * not conditioned on s.
 *
 * @param file the s-embedding
 */
public record SEmbeddingFile(Path file) {
  /**
   * The sidecar that the weights in a file need; empty if they need none.
   *
   * @throws ModelException if it is missing or another one, or if the file is a sidecar itself
   */
  public static Optional<SEmbeddingFile> of(Path weights) {
    if (DestinationEmbedding.isOne(weights)) {
      throw new ModelException(
          weights
              + " is the s-embedding of other weights and generates nothing alone; give the file"
              + " in the same folder that has its name without .s_embedding");
    }
    String expected;
    try (TensorFile header = TensorFile.open(weights)) {
      expected = header.metadata().get(LoraMetadata.DESTINATION);
    }
    if (expected == null) {
      return Optional.empty();
    }
    Path file = DestinationEmbedding.fileNextTo(weights);
    if (!Files.isRegularFile(file)) {
      throw new ModelException(
          (weights + " was trained with TCF(S+) and needs its s-embedding " + file.getFileName())
              + " in the same folder; without it this is a different model, not conditioned on s");
    }
    if (!Sha256.ofUnchanged(file).equals(expected)) {
      throw new ModelException(
          (file + " is not the s-embedding that " + weights.getFileName() + " was trained with")
              + "; keep both files of one run in the same folder");
    }
    return Optional.of(new SEmbeddingFile(file));
  }

  /** That of a model's U-Net. Single files and shards need none: no training here writes them. */
  public static Optional<SEmbeddingFile> of(ModelFolder model) {
    Path weights = model.weights(Component.UNET);
    boolean own = model.file() == null && weights.toString().endsWith(".safetensors");
    return own ? of(weights) : Optional.empty();
  }

  /** Reads it for a network; the tensors belong to the open scope. */
  public DestinationEmbedding read(UNet2DConditionConfig config, Device device) {
    return DestinationEmbedding.read(file, config, device);
  }
}
