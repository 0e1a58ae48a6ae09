package io.github.tcd4j.pipeline.metadata;

import io.github.tcd4j.images.gif.GifComment;
import io.github.tcd4j.images.gif.GifException;
import io.github.tcd4j.images.png.PngMetadata;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The texts inside a picture or animation: a PNG's chunks, a GIF's comment. */
public final class FileTexts {
  private FileTexts() {}

  /**
   * Reads a file's texts by keyword. The comment of a GIF is {@link PngMetadata#TCD4J} where it is
   * JSON, else {@code comment}.
   *
   * @throws io.github.tcd4j.images.png.PngException if it is missing, neither or cut off
   * @throws GifException if it is a GIF that is cut off
   */
  public static PngMetadata read(Path file) {
    if (!isGif(file)) {
      return PngMetadata.read(file);
    }
    try {
      String comment = GifComment.read(file.toString(), Files.readAllBytes(file));
      String keyword = comment.startsWith("{") ? PngMetadata.TCD4J : "comment";
      return new PngMetadata(file, comment.isEmpty() ? Map.of() : Map.of(keyword, comment));
    } catch (IOException e) {
      throw new GifException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static boolean isGif(Path file) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(file)) {
      return GifComment.recognises(in.readNBytes(6));
    } catch (IOException e) {
      return false; // The other reader says why.
    }
  }
}
