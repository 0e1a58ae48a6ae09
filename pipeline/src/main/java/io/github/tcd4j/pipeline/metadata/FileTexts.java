package io.github.tcd4j.pipeline.metadata;

import io.github.tcd4j.images.gif.GifComment;
import io.github.tcd4j.images.gif.GifException;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.images.webp.WebpTexts;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The texts inside a picture or animation: a PNG's chunks, a GIF's comment, a WebP's XMP. */
public final class FileTexts {
  private FileTexts() {}

  /**
   * Reads a file's texts by keyword. The comment of a GIF is {@link PngMetadata#TCD4J} where it is
   * JSON, else {@code comment}.
   *
   * @throws io.github.tcd4j.images.png.PngException if it is missing, neither or cut off
   * @throws GifException if it is a GIF that is cut off
   * @throws io.github.tcd4j.images.webp.WebpException if it is a WebP that is cut off
   */
  public static PngMetadata read(Path file) {
    byte[] start = start(file);
    try {
      if (WebpTexts.recognises(start)) {
        return new PngMetadata(file, WebpTexts.read(file.toString(), Files.readAllBytes(file)));
      }
      if (!GifComment.recognises(start)) {
        return PngMetadata.read(file);
      }
      String comment = GifComment.read(file.toString(), Files.readAllBytes(file));
      String keyword = comment.startsWith("{") ? PngMetadata.TCD4J : "comment";
      return new PngMetadata(file, comment.isEmpty() ? Map.of() : Map.of(keyword, comment));
    } catch (IOException e) {
      throw new GifException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static byte[] start(Path file) {
    if (!Files.isRegularFile(file)) {
      return new byte[0];
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(12);
    } catch (IOException e) {
      return new byte[0]; // The other reader says why.
    }
  }
}
