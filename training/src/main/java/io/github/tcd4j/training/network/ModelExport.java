package io.github.tcd4j.training.network;

import io.github.tcd4j.models.files.NonFinite;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.training.TrainingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes trained networks in the layout that diffusers and transformers read. */
public final class ModelExport {
  /** The name that diffusers gives the weights of a network. */
  public static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

  private static final List<String> TOKENIZER =
      List.of("vocab.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json");

  private ModelExport() {}

  /** {@code config.json} and {@code model.safetensors}, as transformers names them. */
  public static void writeModel(Path folder, String config, Map<String, Tensor> weights, DType type)
      throws IOException {
    write(folder, config, "model.safetensors", weights, type, Map.of());
  }

  /** {@code config.json} and {@code diffusion_pytorch_model.safetensors}, as diffusers does. */
  public static void writeNetwork(
      Path folder,
      String config,
      Map<String, Tensor> weights,
      DType type,
      Map<String, String> header)
      throws IOException {
    write(folder, config, WEIGHTS, weights, type, header);
  }

  private static void write(
      Path folder,
      String config,
      String file,
      Map<String, Tensor> weights,
      DType type,
      Map<String, String> more)
      throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.json"), config);
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> converted = new LinkedHashMap<>();
      weights.forEach((name, t) -> converted.put(name, t.detach().to(type).contiguous()));
      Optional<String> damaged = NonFinite.in(converted);
      if (damaged.isPresent()) {
        throw new IOException(
            NonFinite.sentence("the network for " + folder.resolve(file), damaged.get())
                + (" as " + type + ", so it is not written: the training diverged"));
      }
      Map<String, String> header = new LinkedHashMap<>(Map.of("format", "pt"));
      header.putAll(more);
      SafeTensorsWriter.write(folder.resolve(file), converted, header);
    }
  }

  /** The folder of a text-image pair's tokenizer: {@code tokenizer/} in it, or the pair's own. */
  static Path tokenizer(Path pair) {
    Path apart = pair.resolve("tokenizer");
    return Files.isDirectory(apart) ? apart : pair;
  }

  /** Copies the files of a tokenizer, those that exist. */
  public static void copyTokenizer(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    boolean found = false;
    for (String name : TOKENIZER) {
      if (Files.exists(from.resolve(name))) {
        Files.copy(from.resolve(name), to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        found = true;
      }
    }
    if (!found) {
      throw new TrainingException("there is no tokenizer in " + from + ": it needs " + TOKENIZER);
    }
  }
}
