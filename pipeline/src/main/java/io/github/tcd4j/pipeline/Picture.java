package io.github.tcd4j.pipeline;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.pipeline.metadata.A1111Parameters;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A generated picture and the settings that made it.
 *
 * @param latents the final latents as the sampler left them, before the scaling factor
 */
public record Picture(Image image, GenerationSettings settings, Latents latents) {
  /** The texts that its PNG carries. */
  public Map<String, String> texts() {
    return texts(settings);
  }

  static Map<String, String> texts(GenerationSettings settings) {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put(PngMetadata.PARAMETERS, A1111Parameters.of(settings));
    texts.put(PngMetadata.TCD4J, SettingsJson.write(settings));
    return texts;
  }

  /** The bytes of a PNG with its settings. */
  public byte[] toPng() {
    return PngWriter.encode(image, texts());
  }

  /** The pixels for the JDK's own graphics, without the settings. */
  public BufferedImage toBufferedImage() {
    return image.toBufferedImage();
  }

  /** Writes a PNG with its settings, replacing what was there. */
  public void write(Path file) {
    PngWriter.write(file, image, texts());
  }

  /**
   * Writes a PNG with its settings unless something has that name.
   *
   * @return whether it was written; false if the name is taken
   */
  public boolean writeNew(Path file) {
    return PngWriter.writeNew(file, image, texts());
  }
}
