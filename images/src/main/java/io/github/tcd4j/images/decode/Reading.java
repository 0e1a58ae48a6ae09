package io.github.tcd4j.images.decode;

import io.github.tcd4j.images.Image;
import org.jspecify.annotations.Nullable;

/** What becomes of transparency, and of the orientation that a camera notes in EXIF. */
public enum Reading {
  /** Turned upright and composed on white, as a viewer shows it. */
  AS_SEEN,
  /**
   * As Pillow's {@code Image.open(file).convert("RGB")}, which tools for measures call: the colour
   * of transparent pixels is taken as it is stored, and nothing is turned.
   */
  AS_STORED;

  int visible(int value, int alpha) {
    return this == AS_STORED ? value : (value * alpha + 255 * (255 - alpha) + 127) / 255;
  }

  Image turned(Image image, byte @Nullable [] exif) {
    return this == AS_STORED ? image : Orientation.apply(image, Orientation.of(exif));
  }
}
