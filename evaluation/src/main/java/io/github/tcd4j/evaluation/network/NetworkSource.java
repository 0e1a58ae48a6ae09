package io.github.tcd4j.evaluation.network;

import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.evaluation.preprocess.Preprocessor;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.tensor.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network that can be opened: the names under which its weights are published, and what they are
 * read by.
 *
 * @param name short, as {@code inception}
 * @param files names of the weights, a file or a folder, any one of which will do
 * @param preprocessor what its pictures go through
 * @param readsCaptions whether its rows depend on captions
 * @param opener builds it
 */
public record NetworkSource(
    String name,
    List<String> files,
    Preprocessor preprocessor,
    boolean readsCaptions,
    Opener opener) {
  /** Reads a network into the open scope. */
  @FunctionalInterface
  public interface Opener {
    PictureNetwork open(Path weights, Device device);
  }

  /** What a folder in a model's layout is known by. */
  private static final List<String> INSIDE =
      List.of("model.safetensors", "pytorch_model.bin", "open_clip_pytorch_model.bin");

  public NetworkSource {
    files = List.copyOf(files);
  }

  /** The weights in a folder of weights; null where there are none. */
  public @Nullable Path find(Path folder) {
    for (String file : files) {
      if (Files.exists(folder.resolve(file))) {
        return folder.resolve(file);
      }
    }
    return null;
  }

  /**
   * The weights in a folder of weights.
   *
   * @throws EvaluationException if there are none; it names what is expected
   */
  public Path require(Path folder) {
    Path found = find(folder);
    if (found == null) {
      throw new EvaluationException(
          "there are no weights of "
              + (name
                  + " in "
                  + folder
                  + ": "
                  + String.join(" or ", files)
                  + " is expected there"));
    }
    return found;
  }

  /** The start of the hash of the weights' bytes. */
  static String hash(Path weights) {
    Path file = weights;
    if (Files.isDirectory(weights)) {
      file =
          INSIDE.stream()
              .map(weights::resolve)
              .filter(Files::isRegularFile)
              .findFirst()
              .orElseThrow(
                  () ->
                      new EvaluationException(
                          "the folder " + weights + " has none of " + String.join(", ", INSIDE)));
    }
    return Sha256.ofUnchanged(file).substring(0, 12);
  }

  /** What its rows depend on, for protocols and the names of caches. */
  public String identity(Path folder) {
    try {
      return name + "@" + hash(require(folder).toRealPath()) + ", " + preprocessor.id() + ", f32";
    } catch (IOException e) {
      throw new EvaluationException("cannot read " + folder + ": " + e.getMessage(), e);
    }
  }
}
