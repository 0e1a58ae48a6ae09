package io.github.tcd4j.pipeline.checkpoint;

import io.github.tcd4j.models.files.ScaledTensors;
import io.github.tcd4j.models.files.VaeFile;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An autoencoder that the user put in the place of the model's own: a folder with {@code
 * config.json}, or a file.
 *
 * @param name as the user wrote it
 * @param weights the file that it is read from
 * @param config a folder's own; of a file, what follows from its shapes and the model's scaling
 *     factor
 * @param file how a file's names are read; null for a folder
 */
record VaeOverride(String name, Path weights, AutoencoderKLConfig config, @Nullable VaeFile file) {
  /**
   * Opens a path.
   *
   * @param own the model's autoencoder, or the usual one of its family
   */
  static VaeOverride of(Path path, AutoencoderKLConfig own) {
    if (Files.isRegularFile(path)) {
      VaeFile file = VaeFile.of(path, own);
      return new VaeOverride(path.toString(), path, file.config(), file);
    }
    Path config = path.resolve("config.json");
    Path inside = path.resolve("vae/config.json");
    if (!Files.isRegularFile(config) && Files.isRegularFile(inside)) {
      return of(path.resolve("vae"), own).named(path);
    }
    Path weights = WeightFiles.find(path, "diffusion_pytorch_model");
    if (!Files.isRegularFile(config) || weights == null) {
      throw new ModelException(
          "autoencoder "
              + path
              + " must be a file, or a folder with config.json and"
              + " diffusion_pytorch_model.safetensors");
    }
    return new VaeOverride(path.toString(), weights, AutoencoderKLConfig.read(config), null);
  }

  private VaeOverride named(Path path) {
    return new VaeOverride(path.toString(), weights, config, file);
  }

  TensorFile open() {
    return file == null ? ScaledTensors.open(weights) : file.open();
  }

  /** One sentence for the user. */
  String sentence() {
    return "the autoencoder is " + name + " with scaling factor " + config.scalingFactor();
  }
}
