package io.github.tcd4j.pipeline.checkpoint;

import io.github.tcd4j.files.InvalidRequestException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Distinguishes a wrong value in a file from one that the user gave. */
public final class FileErrors {
  private FileErrors() {}

  /**
   * What {@code reading} gives, which depends on nothing but the content of a file.
   *
   * @throws ModelException naming the file, where the reading is an illegal argument or an invalid
   *     request
   */
  public static <T extends @Nullable Object> T in(Path file, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (IllegalArgumentException | InvalidRequestException e) {
      throw new ModelException("cannot use " + file + ": " + e.getMessage(), e);
    }
  }
}
