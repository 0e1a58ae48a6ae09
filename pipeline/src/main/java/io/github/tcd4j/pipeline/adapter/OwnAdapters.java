package io.github.tcd4j.pipeline.adapter;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The adapters that belong to a model: what the training tasks of the same names write, each in a
 * folder of the task's name.
 *
 * @param folder usually {@code adapters/} in the model's
 */
public record OwnAdapters(Path folder) {
  /** The folder's usual name. */
  public static final String FOLDER = "adapters";

  /** Those in a model's folder. */
  public static OwnAdapters of(Path model) {
    return new OwnAdapters(model.resolve(FOLDER));
  }

  /** The folder of the ControlNet for Canny's edges, if there is one. */
  public Optional<Path> controlNet() {
    return there("controlnet", "config.json");
  }

  /** The folder of the tiny autoencoder, if there is one. */
  public Optional<Path> tinyAutoencoder() {
    return there("tiny-autoencoder", "config.json");
  }

  /** The file of the IP-Adapter, if there is one with an encoder. */
  public Optional<Path> ipAdapter() {
    Path file = folder.resolve("ip-adapter").resolve("ip-adapter.safetensors");
    return imageEncoder().map(encoder -> file).filter(Files::isRegularFile);
  }

  /** The folder of its encoder: its own, or the text-image pair of the model. */
  public Optional<Path> imageEncoder() {
    return there("ip-adapter/image_encoder", "config.json")
        .or(() -> there("../pair", "config.json"));
  }

  private Optional<Path> there(String name, String file) {
    Path found = folder.resolve(name).normalize();
    return Files.isRegularFile(found.resolve(file)) ? Optional.of(found) : Optional.empty();
  }
}
