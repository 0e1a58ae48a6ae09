package io.github.tcd4j.pipeline;

import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.clip.Clip;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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

  /** Its frames with their number in a second and the settings that made them. */
  public Clip clip() {
    int perSecond = Objects.requireNonNull(settings.adapters().motion()).fps();
    return new Clip(frames, perSecond, texts(), SettingsJson.write(settings));
  }

  /** The texts that its files carry. */
  public Map<String, String> texts() {
    return Picture.texts(settings);
  }

  /** The bytes of an animated GIF in 256 colours, its settings as JSON in its comment. */
  public byte[] toGif() {
    return clip().toGif();
  }

  /** The bytes of an animated PNG, without loss, with its settings. */
  public byte[] toPng() {
    return clip().toPng();
  }

  /** The bytes of an animated WebP, without loss, with its settings. */
  public byte[] toWebp() {
    return clip().toWebp();
  }

  /**
   * The bytes of a file of that name.
   *
   * @param file ends in .gif, .png, .apng or .webp
   * @throws InvalidRequestException if it ends otherwise
   */
  public byte[] encode(Path file) {
    return clip().encode(file);
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
    clip().writeFrames(folder);
  }
}
