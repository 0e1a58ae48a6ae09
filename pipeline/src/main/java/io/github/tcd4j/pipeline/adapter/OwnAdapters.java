package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.pipeline.checkpoint.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The adapters that belong to a model: what the training tasks of the same names write, each in a
 * folder of the task's name.
 *
 * @param folder usually {@code adapters/} in the model's
 * @param model the model's folder
 */
public record OwnAdapters(Path folder, Path model) {
  /** The folder's usual name. */
  public static final String FOLDER = "adapters";

  /** Those in a model's folder. */
  public static OwnAdapters of(Path model) {
    return new OwnAdapters(model.resolve(FOLDER), model);
  }

  /** The folder of the ControlNet for Canny's edges, if there is one. */
  public Optional<Path> controlNet() {
    return there(folder, "controlnet");
  }

  /** The folder of the tiny autoencoder, if there is one. */
  public Optional<Path> tinyAutoencoder() {
    return there(folder, "tiny-autoencoder");
  }

  /** The file of the IP-Adapter, if there is one with an encoder. */
  public Optional<Path> ipAdapter() {
    Path file = folder.resolve("ip-adapter").resolve("ip-adapter.safetensors");
    return imageEncoder().map(encoder -> file).filter(Files::isRegularFile);
  }

  /** The folder of its encoder: its own, or the text-image pair of the model. */
  public Optional<Path> imageEncoder() {
    return there(folder, "ip-adapter/image_encoder").or(() -> there(model, "pair"));
  }

  /**
   * The files and folders of a name: in the folder, in the folder of one of the adapters, and the
   * encoder of the IP-Adapter, wherever it is. Several adapters may have a file of one name.
   *
   * @throws ModelException if the folder cannot be listed
   */
  public List<Path> named(String name) {
    List<Path> found = new ArrayList<>();
    found.add(folder.resolve(name));
    if (Files.isDirectory(folder)) {
      try (Stream<Path> adapters = Files.list(folder)) {
        adapters.filter(Files::isDirectory).sorted().forEach(a -> found.add(a.resolve(name)));
      } catch (IOException e) {
        throw new ModelException("cannot list " + folder + ": " + e.getMessage(), e);
      }
    }
    imageEncoder().filter(encoder -> encoder.endsWith(name)).ifPresent(found::add);
    return found.stream().filter(Files::exists).distinct().toList();
  }

  private static Optional<Path> there(Path folder, String name) {
    Path found = folder.resolve(name);
    return Files.isRegularFile(found.resolve("config.json"))
        ? Optional.of(found)
        : Optional.empty();
  }
}
