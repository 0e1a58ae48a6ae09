package io.github.tcd4j.training.dataset;

import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Tensors that are costly to compute and the same in every run, such as the latents of a data set,
 * kept in files.
 *
 * @param folder of the files
 */
public record TensorCache(Path folder) {
  /**
   * The tensors of {@code name}, read if the file was made from the same {@code fingerprint}, else
   * computed and written. They belong to the open scope.
   */
  public Map<String, Tensor> get(
      String name, String fingerprint, Supplier<Map<String, Tensor>> compute) throws IOException {
    Path file = folder.resolve(name + ".safetensors");
    if (Files.exists(file)) {
      try (Scope scope = Scope.inference();
          SafeTensors saved = SafeTensors.open(file)) {
        if (fingerprint.equals(saved.metadata().get("fingerprint"))) {
          Map<String, Tensor> result = new LinkedHashMap<>();
          saved.names().forEach(n -> result.put(n, scope.keep(saved.get(n).copy())));
          return result;
        }
      }
    }
    Files.createDirectories(folder);
    Map<String, Tensor> computed = compute.get();
    SafeTensorsWriter.write(file, computed, Map.of("fingerprint", fingerprint));
    return computed;
  }
}
