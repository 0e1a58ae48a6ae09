package io.github.tcd4j.pipeline.checkpoint;

import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.files.TinyVaeFile;
import io.github.tcd4j.models.files.VaeFile;
import io.github.tcd4j.models.files.quantized.ScaledTensors;
import io.github.tcd4j.models.vae.AutoencoderConfig;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.models.vae.AutoencoderTinyConfig;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An autoencoder that the user put in the place of the model's own: a folder with {@code
 * config.json}, or a file.
 *
 * @param name as the user wrote it
 * @param weights the file that it is read from
 * @param config a folder's own; of a file, what follows from its shapes and the model's scaling
 *     factor
 * @param file how the names of a full one's file are read; null for a folder or a tiny one
 * @param tiny how the names of a tiny one's file are read; null for a folder or a full one
 */
record VaeOverride(
    String name,
    Path weights,
    AutoencoderConfig config,
    @Nullable VaeFile file,
    @Nullable TinyVaeFile tiny) {
  /**
   * Opens a path.
   *
   * @param own the model's autoencoder, or the usual one of its family
   */
  static VaeOverride of(Path path, AutoencoderConfig own) {
    if (Files.isRegularFile(path)) {
      TinyVaeFile tiny = TinyVaeFile.of(path);
      if (tiny != null) {
        return new VaeOverride(path.toString(), path, tiny.config(), null, tiny);
      }
      // Of a model with a tiny one the family is known, not the groups of a full one.
      AutoencoderKLConfig full = own instanceof AutoencoderKLConfig kl ? kl : VaeFile.usual(false);
      VaeFile file = VaeFile.of(path, full);
      return new VaeOverride(path.toString(), path, file.config(), file, null);
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
    return new VaeOverride(path.toString(), weights, config(config), null, null);
  }

  private VaeOverride named(Path path) {
    return new VaeOverride(path.toString(), weights, config, file, tiny);
  }

  /** The {@code config.json} of an autoencoder, full or tiny. */
  static AutoencoderConfig config(Path config) {
    ConfigFields fields = ConfigFields.read(config);
    return fields.text("_class_name", "").equals(AutoencoderTinyConfig.CLASS)
        ? AutoencoderTinyConfig.of(fields)
        : AutoencoderKLConfig.read(config);
  }

  /** Files that are read besides {@link #weights}. */
  List<Path> others() {
    return tiny == null || tiny.encoder() == null ? List.of() : List.of(tiny.encoder());
  }

  TensorFile open() {
    if (tiny != null) {
      return tiny.open();
    }
    return file == null ? ScaledTensors.open(weights) : file.open();
  }

  /** One sentence for the user. */
  String sentence() {
    return "the "
        + (config instanceof AutoencoderTinyConfig ? "tiny " : "")
        + "autoencoder is "
        + name
        + " with scaling factor "
        + config.scalingFactor();
  }
}
