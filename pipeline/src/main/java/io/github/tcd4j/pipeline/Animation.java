package io.github.tcd4j.pipeline;

import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.files.AtomicFolder;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.gif.GifWriter;
import io.github.tcd4j.images.png.ApngWriter;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.webp.WebpWriter;
import io.github.tcd4j.pipeline.adapter.MotionSettings;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * A generated animation and the settings that made it.
 *
 * <pre>{@code
 * Request request = Request.builder("a lovely cat").motion(Path.of("v3_sd15_mm.ckpt")).build();
 * model.animate(request).get(0).write(Path.of("cat.gif"));
 * }</pre>
 *
 * @param frames in order, of one size
 * @param latents of each frame, as the sampler left them, before the scaling factor
 */
public record Animation(List<Image> frames, GenerationSettings settings, List<Latents> latents) {
  public Animation {
    frames = List.copyOf(frames);
    latents = List.copyOf(latents);
  }

  private MotionSettings motion() {
    return Objects.requireNonNull(settings.adapters().motion());
  }

  /** The texts that its files carry. */
  public Map<String, String> texts() {
    return Picture.texts(settings);
  }

  /** The bytes of an animated GIF in 256 colours, its settings as JSON in its comment. */
  public byte[] toGif() {
    return GifWriter.encode(frames, motion().fps(), ascii(SettingsJson.write(settings)));
  }

  /** The bytes of an animated PNG, without loss, with its settings. */
  public byte[] toPng() {
    return ApngWriter.encode(frames, motion().fps(), texts());
  }

  /** The bytes of an animated WebP, without loss, with its settings. */
  public byte[] toWebp() {
    return WebpWriter.encode(frames, motion().fps(), texts());
  }

  /** JSON whose other characters are written as their codes. */
  private static String ascii(String json) {
    StringBuilder ascii = new StringBuilder();
    for (char c : json.toCharArray()) {
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

  /** Writes a GIF, an animated PNG or WebP, as the name says, replacing what was there. */
  public void write(Path file) {
    AtomicFile.write(file, encode(file));
  }

  /**
   * Writes the same unless something has that name.
   *
   * @return whether it was written; false if the name is taken
   */
  public boolean writeNew(Path file) {
    return AtomicFile.writeNew(file, encode(file));
  }

  /** Writes its frames into a folder as frame-001.png and so on, replacing the folder. */
  public void writeFrames(Path folder) throws IOException {
    int digits = Math.max(3, Integer.toString(frames.size()).length());
    AtomicFolder.write(
        folder,
        into -> {
          for (int i = 0; i < frames.size(); i++) {
            String number = String.format("%0" + digits + "d", i + 1);
            PngWriter.write(into.resolve("frame-" + number + ".png"), frames.get(i), texts());
          }
        });
  }
}
