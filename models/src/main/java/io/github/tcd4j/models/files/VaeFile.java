package io.github.tcd4j.models.files;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.files.quantized.ScaledTensors;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;

/**
 * An autoencoder in a file of its own, under ldm's names or diffusers', or that of a whole model's
 * single file.
 *
 * @param path of the file
 * @param config what the shapes tell; scaling factor and groups are the model's
 * @param ldm whether the names are ldm's
 * @param prefix what all its keys start with, perhaps empty
 */
public record VaeFile(Path path, AutoencoderKLConfig config, boolean ldm, String prefix) {
  /**
   * Looks at a file.
   *
   * @param model the autoencoder that it is to stand for
   * @throws ConfigException if it holds none
   */
  public static VaeFile of(Path path, AutoencoderKLConfig model) {
    try (TensorFile file = ScaledTensors.open(path)) {
      for (String prefix : new String[] {"", Family.VAE, "vae."}) {
        CheckpointShapes shapes = new CheckpointShapes(file, prefix);
        if (shapes.has("decoder.conv_in.weight")) {
          boolean ldm = shapes.has("encoder.down.0.block.0.conv1.weight");
          return new VaeFile(path, VaeShapes.like(shapes, model, ldm), ldm, prefix);
        }
      }
      throw new ConfigException(
          path
              + " holds no autoencoder: it lacks decoder.conv_in.weight, also behind "
              + Family.VAE);
    }
  }

  /** The autoencoder that models of a family have, for one that comes without. */
  public static AutoencoderKLConfig usual(boolean xl) {
    return VaeShapes.usual(xl);
  }

  /** Its parameters under diffusers' names. */
  public TensorFile open() {
    return ComponentView.of(ScaledTensors.open(path), prefix, ldm ? VaeKeys.of(config) : null);
  }
}
