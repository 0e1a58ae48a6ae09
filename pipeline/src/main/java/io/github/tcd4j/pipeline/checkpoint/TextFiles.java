package io.github.tcd4j.pipeline.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The small files of a tokenizer or scheduler folder. */
public final class TextFiles {
  private TextFiles() {}

  /** The .json and .txt files of {@code folder}, sorted; none where it is null. */
  public static List<Path> in(@Nullable Path folder) {
    if (folder == null) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(f -> f.toString().endsWith(".json") || f.toString().endsWith(".txt"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new ModelException("cannot list " + folder + ": " + e.getMessage(), e);
    }
  }
}
