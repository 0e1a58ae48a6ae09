package io.github.tcd4j.pipeline.metadata;

import io.github.tcd4j.files.InvalidRequestException;
import org.jspecify.annotations.Nullable;

/**
 * The size of a picture. In a request null is the size that the model was trained for; in a
 * picture's {@link GenerationSettings} both are filled in.
 *
 * @param width in pixels, in [1, 8192]
 * @param height in pixels, in [1, 8192]
 * @param conditioning sizes that SDXL is conditioned on
 */
public record ImageSize(
    @Nullable Integer width, @Nullable Integer height, SizeConditioning conditioning) {
  /** The greatest width and height. */
  public static final int LARGEST = 8192;

  /** The model's own. */
  public static final ImageSize OWN = new ImageSize(null, null, SizeConditioning.OWN);

  /**
   * Checks the range.
   *
   * @throws InvalidRequestException if a side is out of it
   */
  public ImageSize {
    ComputeSettings.atLeastOne("width", width);
    ComputeSettings.atLeastOne("height", height);
    if (Math.max(width == null ? 1 : width, height == null ? 1 : height) > LARGEST) {
      throw new InvalidRequestException(
          "width and height must be at most " + LARGEST + " but were " + width + " and " + height);
    }
  }

  public ImageSize withSides(@Nullable Integer w, @Nullable Integer h) {
    return new ImageSize(w, h, conditioning);
  }

  public ImageSize withConditioning(SizeConditioning sizes) {
    return new ImageSize(width, height, sizes);
  }
}
