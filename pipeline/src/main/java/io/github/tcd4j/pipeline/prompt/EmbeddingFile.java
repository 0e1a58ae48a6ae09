package io.github.tcd4j.pipeline.prompt;

import io.github.tcd4j.files.FileName;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Sha256;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file of textual inversion that prompts can name.
 *
 * @param file as the user wrote it; its name without the ending is a trigger
 * @param sha256 of the file, 64 hexadecimal digits
 */
public record EmbeddingFile(String file, String sha256) {
  /** The file as it is now. */
  public static EmbeddingFile of(String file) {
    Path path = Path.of(file);
    if (!Files.isRegularFile(path)) {
      throw new InvalidRequestException("embedding " + file + " does not exist");
    }
    return new EmbeddingFile(file, Sha256.ofUnchanged(path));
  }

  /** The name of the file without folder and ending. */
  public String stem() {
    String name = FileName.of(file);
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }
}
