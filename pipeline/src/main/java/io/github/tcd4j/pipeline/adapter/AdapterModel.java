package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.FileException;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.pipeline.checkpoint.WeightFiles;
import io.github.tcd4j.tensor.file.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The file or folder of an adapter's network. A generated picture keeps its name and hash, never
 * its folder.
 *
 * @param name as the user wrote it
 * @param sha256 of its weights, 64 hexadecimal digits; of several files the hash of their hashes
 */
public record AdapterModel(String name, String sha256) {
  private static final List<String> STEMS = List.of("diffusion_pytorch_model", "model");

  /**
   * The network as it is now.
   *
   * @param what it is, for the message, such as {@code ControlNet}
   * @throws InvalidRequestException if it does not exist, or is a folder without weights
   */
  public static AdapterModel of(String what, Path path) {
    return new AdapterModel(path.toString(), hash(weights(what, path)));
  }

  /** The hash that the network of a file or folder has now; empty where there is none. */
  public static String hashNow(Path path) {
    Path weights = find(path);
    return weights == null ? "" : hash(weights);
  }

  private static String hash(Path weights) {
    List<Path> files = TensorFile.files(weights);
    if (files.size() == 1) {
      return Sha256.ofUnchanged(weights);
    }
    return Sha256.of(String.join("\n", files.stream().map(Sha256::ofUnchanged).toList()));
  }

  /** The same with the hash of today, where a picture remembers another. */
  public AdapterModel current(String what) {
    return of(what, Path.of(name));
  }

  /** The same network at another place. */
  public AdapterModel at(Path place) {
    return new AdapterModel(place.toString(), sha256);
  }

  /** The file of its weights, or the index of its shards. */
  public Path weights(String what) {
    return weights(what, Path.of(name));
  }

  /** Bytes of the files of its weights. */
  long bytes() {
    long sum = 0;
    for (Path file : TensorFile.files(weights("network"))) {
      try {
        sum += Files.size(file);
      } catch (IOException e) {
        throw FileException.unreadable(file, e);
      }
    }
    return sum;
  }

  /** Its {@code config.json}; null where it is a single file. */
  public @Nullable Path config() {
    Path config = Path.of(name).resolve("config.json");
    return Files.isRegularFile(config) ? config : null;
  }

  private static Path weights(String what, Path path) {
    Path found = find(path);
    if (found != null) {
      return found;
    }
    if (!Files.isDirectory(path)) {
      throw new InvalidRequestException(what + " " + path + " does not exist");
    }
    throw new InvalidRequestException(
        what
            + " "
            + path
            + " must be a file, or a folder with config.json and diffusion_pytorch_model.safetensors"
            + " or model.safetensors");
  }

  private static @Nullable Path find(Path path) {
    if (Files.isRegularFile(path)) {
      return path;
    }
    if (Files.isRegularFile(path.resolve("config.json"))) {
      for (String stem : STEMS) {
        Path weights = WeightFiles.find(path, stem);
        if (weights != null) {
          return weights;
        }
      }
    }
    return null;
  }
}
