package io.github.tcd4j.evaluation.network;

import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.evaluation.preprocess.Preprocessor;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.file.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A network that can be opened: the names under which its weights are published, and what they are
 * read by.
 *
 * @param name short, as {@code inception}
 * @param parts what it is made of, as a network and the head upon it; of each part the names under
 *     which it is published, a file or a folder, any one of which will do
 * @param preprocessor what its pictures go through
 * @param readsCaptions whether its rows depend on captions
 * @param opener builds it
 */
public record NetworkSource(
    String name,
    List<List<String>> parts,
    Preprocessor preprocessor,
    boolean readsCaptions,
    Opener opener) {
  /** Reads a network into the open scope. */
  @FunctionalInterface
  public interface Opener {
    /**
     * Opens a network.
     *
     * @param weights one path for each part
     */
    PictureNetwork open(List<Path> weights, Device device);
  }

  /** What a folder of a network or of a vocabulary is known by, in this order. */
  private static final List<String> INSIDE =
      List.of(
          "vocab.txt",
          "model.safetensors",
          "model.safetensors.index.json",
          "pytorch_model.bin",
          "pytorch_model.bin.index.json",
          "open_clip_model.safetensors",
          "open_clip_pytorch_model.bin",
          "tokenizer.json");

  /** Digits of a hash that are shown. */
  private static final int DIGITS = 12;

  public NetworkSource {
    parts = parts.stream().map(List::copyOf).toList();
  }

  /** What a folder of weights lacks, in words; null where it lacks nothing. */
  public @Nullable String missing(Path folder) {
    for (List<String> names : parts) {
      if (find(folder, names) == null) {
        return String.join(" or ", names);
      }
    }
    return null;
  }

  private static @Nullable Path find(Path folder, List<String> names) {
    return names.stream().map(folder::resolve).filter(Files::exists).findFirst().orElse(null);
  }

  /**
   * The weights in a folder of weights, one path for each part.
   *
   * @throws EvaluationException if one is not there; it names what is expected
   */
  public List<Path> require(Path folder) {
    List<Path> found = new ArrayList<>();
    for (List<String> names : parts) {
      Path path = find(folder, names);
      if (path == null) {
        throw new EvaluationException(
            "there are no weights of "
                + (name + " in " + folder + ": " + String.join(" or ", names))
                + " is expected there");
      }
      found.add(path);
    }
    return found;
  }

  /** What its rows depend on, for protocols and the names of caches. */
  public String identity(Path folder) {
    String hashes =
        require(folder).stream().map(NetworkSource::hash).collect(Collectors.joining("+"));
    return name + "@" + hashes + ", " + preprocessor.id() + ", f32";
  }

  /** The start of the hash of a part's bytes, of all shards where there are some. */
  private static String hash(Path weights) {
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
    try {
      if (!file.toString().endsWith(".index.json")) {
        return Sha256.ofUnchanged(file.toRealPath()).substring(0, DIGITS);
      }
      Sha256 all = new Sha256();
      for (Path shard : TensorFile.files(file)) {
        all.add(Sha256.ofUnchanged(shard.toRealPath()));
      }
      return all.hex().substring(0, DIGITS);
    } catch (IOException e) {
      throw new EvaluationException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
