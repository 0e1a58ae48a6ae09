package io.github.tcd4j.evaluation.network;

import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.tensor.file.TensorFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows of numbers by key, kept in a folder: one safetensors file for each batch that was added, so
 * that a process that is killed loses the batch in hand and no more. Any number of processes may
 * use one folder.
 */
final class RowCache {
  private static final String ROWS = "rows";
  private static final String KEYS = "keys";
  private static final String IDENTITY = "identity";

  /**
   * Raised where the same identity makes other rows than before: 2 since files are read in order.
   */
  private static final String VERSION = "2";

  private static final String SUFFIX = ".safetensors";

  private final Path folder;
  private final String identity;
  private final Map<String, float[]> rows = new HashMap<>();

  /**
   * Reads what is there.
   *
   * @param root folder of all caches
   * @param identity what the rows depend on beside their keys
   */
  RowCache(Path root, String identity) {
    this.identity = identity;
    folder = root.resolve(new Sha256().add(identity).add(VERSION).brief());
    try {
      Files.createDirectories(folder);
      try (var files = Files.list(folder)) {
        files.filter(f -> f.toString().endsWith(SUFFIX)).sorted().forEach(this::read);
      }
    } catch (IOException e) {
      throw new EvaluationException("cannot use the cache " + folder + ": " + e.getMessage(), e);
    }
  }

  private void read(Path file) {
    try (Scope scope = Scope.inference();
        SafeTensors stored = SafeTensors.open(file)) {
      Map<String, String> metadata = stored.metadata();
      Tensor t = stored.get(ROWS);
      String[] keys = metadata.getOrDefault(KEYS, "").split(" ");
      if (!identity.equals(metadata.get(IDENTITY)) || t.dim() != 2 || t.size(0) != keys.length) {
        throw new TensorFileException(file + " is no cache of " + identity);
      }
      float[] values = t.toFloatArray();
      int width = Math.toIntExact(t.size(1));
      for (int i = 0; i < keys.length; i++) {
        rows.put(keys[i], Arrays.copyOfRange(values, i * width, (i + 1) * width));
      }
    } catch (TensorFileException e) {
      throw new EvaluationException(file + " is damaged; delete it to compute it again", e);
    }
  }

  synchronized boolean isEmpty() {
    return rows.isEmpty();
  }

  synchronized float @Nullable [] get(String key) {
    return rows.get(key);
  }

  /** Keeps the rows (keys, P) of a batch. */
  void add(List<String> keys, Tensor batch) {
    try (Scope scope = Scope.inference()) {
      Tensor t = batch.contiguous();
      float[] values = t.toFloatArray();
      int width = Math.toIntExact(t.size(1));
      String joined = String.join(" ", keys);
      SafeTensorsWriter.write(
          folder.resolve(new Sha256().add(joined).brief() + SUFFIX),
          Map.of(ROWS, t),
          Map.of(IDENTITY, identity, KEYS, joined));
      synchronized (this) {
        for (int i = 0; i < keys.size(); i++) {
          rows.put(keys.get(i), Arrays.copyOfRange(values, i * width, (i + 1) * width));
        }
      }
    }
  }
}
