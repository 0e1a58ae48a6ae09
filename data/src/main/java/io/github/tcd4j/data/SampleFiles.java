package io.github.tcd4j.data;

import java.util.Map;

/**
 * One group of files in a shard, as its bytes.
 *
 * @param key the path of its files up to the first dot of their name
 * @param parts the files by what follows that dot, such as {@code png} and {@code txt}
 */
public record SampleFiles(String key, Map<String, byte[]> parts) {
  public SampleFiles {
    parts = Map.copyOf(parts);
  }
}
