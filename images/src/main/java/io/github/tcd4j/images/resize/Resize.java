package io.github.tcd4j.images.resize;

import io.github.tcd4j.images.Image;

/**
 * Short forms of {@link Resizer} for whole RGB pictures, rows first. Pillow 13 differs on pictures
 * whose height shrinks most: {@code new Resizer(filter, PassOrder.PILLOW_13)}.
 */
public final class Resize {
  private Resize() {}

  /** Resizes with {@link Resample#NEAREST}. */
  public static Image nearest(Image image, int width, int height) {
    return new Resizer(Resample.NEAREST).resize(image, width, height);
  }

  /** Resizes with {@link Resample#BOX}. */
  public static Image box(Image image, int width, int height) {
    return new Resizer(Resample.BOX).resize(image, width, height);
  }

  /** Resizes with {@link Resample#BILINEAR}. */
  public static Image bilinear(Image image, int width, int height) {
    return new Resizer(Resample.BILINEAR).resize(image, width, height);
  }

  /** Resizes with {@link Resample#BICUBIC}. */
  public static Image bicubic(Image image, int width, int height) {
    return new Resizer(Resample.BICUBIC).resize(image, width, height);
  }

  /** Resizes with {@link Resample#LANCZOS}. */
  public static Image lanczos(Image image, int width, int height) {
    return new Resizer(Resample.LANCZOS).resize(image, width, height);
  }
}
