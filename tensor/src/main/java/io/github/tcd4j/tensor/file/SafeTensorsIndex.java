package io.github.tcd4j.tensor.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The {@code *.safetensors.index.json}, or {@code *.bin.index.json}, of a model in several files:
 * which file holds which tensor.
 */
record SafeTensorsIndex(Map<String, Set<String>> namesByShard, Map<String, String> metadata) {
  private static final ObjectMapper JSON =
      new ObjectMapper(SafeTensorsHeader.JSON)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  static SafeTensorsIndex read(Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        throw TensorFileException.unreadable(file, "there is no such file");
      }
      if (Files.size(file) > SafeTensors.MAX_HEADER) {
        throw TensorFileException.unreadable(
            file, "an index may have at most " + SafeTensors.MAX_HEADER + " bytes");
      }
      return parse(file, JSON.readTree(Files.readString(file)));
    } catch (JsonProcessingException e) {
      throw TensorFileException.unreadable(
          file, "it is not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw TensorFileException.unreadable(file, "it is not readable UTF-8 text", e);
    }
  }

  private static SafeTensorsIndex parse(Path file, JsonNode root) {
    JsonNode map = root.path("weight_map");
    if (!map.isObject() || map.isEmpty()) {
      throw TensorFileException.unreadable(file, "it needs a weight_map with tensors");
    }
    Map<String, Set<String>> names = new TreeMap<>();
    for (var e : map.properties()) {
      names
          .computeIfAbsent(shard(file, e.getKey(), e.getValue()), k -> new TreeSet<>())
          .add(e.getKey());
    }
    Map<String, String> metadata = new TreeMap<>();
    for (var e : root.path("metadata").properties()) {
      metadata.put(e.getKey(), e.getValue().asText());
    }
    return new SafeTensorsIndex(names, metadata);
  }

  private static String shard(Path file, String tensor, JsonNode value) {
    String name = value.asText();
    // A plain name only: an index must not reach out of its folder.
    if (!value.isTextual()
        || !(name.endsWith(".safetensors") || name.endsWith(TorchShards.ENDING))
        || name.indexOf('/') >= 0
        || name.indexOf('\\') >= 0
        || name.indexOf(':') >= 0
        || name.indexOf('\0') >= 0) {
      throw TensorFileException.unreadable(
          file,
          "tensor "
              + tensor
              + " must lie in a .safetensors or .bin file of this folder but is in "
              + name);
    }
    return name;
  }

  /** Whether the shards are those of {@code torch.save}. */
  boolean ofPickles() {
    return shards().stream().allMatch(name -> name.endsWith(TorchShards.ENDING));
  }

  Set<String> shards() {
    return namesByShard.keySet();
  }

  Set<String> namesIn(String shard) {
    return Collections.unmodifiableSet(namesByShard.getOrDefault(shard, Set.of()));
  }
}
