package io.github.tcd4j.pipeline.metadata;

import io.github.tcd4j.files.InvalidRequestException;

/**
 * The sizes that SDXL is conditioned on besides the prompt (Podell et al. 2023, sections 2.2 and
 * 2.3), in pixels. A size of 0 means the picture's own.
 *
 * @param originalWidth of the photograph that the picture is to look like, before it was scaled
 * @param originalHeight likewise
 * @param cropLeft where the picture lies in the scaled photograph; 0 for a centred object
 * @param cropTop likewise
 * @param targetWidth of the required picture
 * @param targetHeight likewise
 */
public record SizeConditioning(
    int originalWidth,
    int originalHeight,
    int cropLeft,
    int cropTop,
    int targetWidth,
    int targetHeight) {
  /** As diffusers has it by default: an uncropped photograph of the picture's own size. */
  public static final SizeConditioning OWN = new SizeConditioning(0, 0, 0, 0, 0, 0);

  public SizeConditioning {
    size("original", originalWidth, originalHeight);
    size("target", targetWidth, targetHeight);
  }

  private static void size(String name, int width, int height) {
    if (width < 0 || height < 0 || (width == 0) != (height == 0)) {
      throw new InvalidRequestException(
          (name + " size must be two positive numbers but was " + width + "x" + height)
              + "; leave it out for the picture's own");
    }
  }

  public SizeConditioning withOriginal(int width, int height) {
    return new SizeConditioning(width, height, cropLeft, cropTop, targetWidth, targetHeight);
  }

  public SizeConditioning withCrop(int left, int top) {
    return new SizeConditioning(
        originalWidth, originalHeight, left, top, targetWidth, targetHeight);
  }

  public SizeConditioning withTarget(int width, int height) {
    return new SizeConditioning(originalWidth, originalHeight, cropLeft, cropTop, width, height);
  }

  /** SDXL's six time ids for a picture of that size, in their order. */
  public float[] timeIds(int width, int height) {
    boolean original = originalWidth > 0;
    boolean target = targetWidth > 0;
    return new float[] {
      original ? originalHeight : height,
      original ? originalWidth : width,
      cropTop,
      cropLeft,
      target ? targetHeight : height,
      target ? targetWidth : width
    };
  }
}
