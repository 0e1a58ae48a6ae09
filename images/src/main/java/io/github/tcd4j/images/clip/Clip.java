package io.github.tcd4j.images.clip;

import io.github.tcd4j.files.AtomicFolder;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.gif.GifWriter;
import io.github.tcd4j.images.png.ApngWriter;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.webp.WebpWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Frames that are shown one after the other.
 *
 * @param frames in order, of one size, at least one
 * @param perSecond frames in a second, 1 to 50
 * @param texts that its files carry, by keyword
 * @param comment that a GIF carries in their place, where other characters than ASCII are written
 *     as in JSON
 */
public record Clip(List<Image> frames, int perSecond, Map<String, String> texts, String comment) {
  public Clip {
    frames = List.copyOf(frames);
    texts = Collections.unmodifiableMap(new LinkedHashMap<>(texts));
  }

  /** The bytes of an animated GIF in 256 colours, with its comment. */
  public byte[] toGif() {
    return GifWriter.encode(frames, perSecond, ascii(comment));
  }

  /** The bytes of an animated PNG, without loss, with its texts. */
  public byte[] toPng() {
    return ApngWriter.encode(frames, perSecond, texts);
  }

  /** The bytes of an animated WebP, without loss, with its texts. */
  public byte[] toWebp() {
    return WebpWriter.encode(frames, perSecond, texts);
  }

  /** Other characters as their codes. */
  private static String ascii(String text) {
    StringBuilder ascii = new StringBuilder();
    for (char c : text.toCharArray()) {
      ascii.append(c < 128 ? String.valueOf(c) : String.format("\\u%04x", (int) c));
    }
    return ascii.toString();
  }

  /**
   * The bytes of a file of that name.
   *
   * @param file ends in .gif, .png, .apng or .webp
   * @throws InvalidRequestException if it ends otherwise
   */
  public byte[] encode(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    if (name.endsWith(".gif")) {
      return toGif();
    }
    if (name.endsWith(".png") || name.endsWith(".apng")) {
      return toPng();
    }
    if (name.endsWith(".webp")) {
      return toWebp();
    }
    throw new InvalidRequestException(
        "the file of an animation must end in .gif, .png, .apng or .webp but was to be " + file);
  }

  /** Writes its frames into a folder as frame-001.png and so on, replacing the folder. */
  public void writeFrames(Path folder) throws IOException {
    int digits = Math.max(3, Integer.toString(frames.size()).length());
    AtomicFolder.write(
        folder,
        into -> {
          for (int i = 0; i < frames.size(); i++) {
            String number = String.format("%0" + digits + "d", i + 1);
            PngWriter.write(into.resolve("frame-" + number + ".png"), frames.get(i), texts);
          }
        });
  }
}
