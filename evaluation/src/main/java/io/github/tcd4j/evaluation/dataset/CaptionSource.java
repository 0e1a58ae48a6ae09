package io.github.tcd4j.evaluation.dataset;

import io.github.tcd4j.data.CaptionedImage;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Captions, and their pictures where there are some.
 *
 * @param captions different ones, in order
 */
public record CaptionSource(List<String> captions, List<CaptionedImage> pictures) {
  /** A {@code .txt} file with one caption a line, or shards. */
  public static CaptionSource read(Path path, ImageReader reader) {
    boolean text = path.toString().endsWith(".txt");
    List<CaptionedImage> pictures = text ? List.of() : reader.read(path);
    List<String> captions =
        text ? lines(path) : pictures.stream().map(CaptionedImage::caption).distinct().toList();
    if (captions.isEmpty()) {
      throw new EvaluationException(path + " holds no caption");
    }
    return new CaptionSource(captions, pictures);
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .distinct()
          .toList();
    } catch (NoSuchFileException e) {
      throw new EvaluationException(file + " does not exist", e);
    } catch (CharacterCodingException e) {
      throw new EvaluationException(file + " is not UTF-8 text; give one caption a line", e);
    } catch (IOException e) {
      throw new EvaluationException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
