package io.github.tcd4j.pipeline.input;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The picture is enlarged, and then generated anew from it through windows of the size that the
 * network was trained for; see {@code WindowedDenoiser}.
 *
 * @param scale factor on both sides, above 1 and at most 8
 * @param tile side of a window in pixels, at least 16; null for the model's own
 * @param overlap of neighbouring windows in pixels, less than a tile; null for a quarter of it
 */
public record Upscaling(double scale, @Nullable Integer tile, @Nullable Integer overlap) {
  /** Strength where none is chosen: enough for new detail, too little for new things. */
  public static final double DEFAULT_STRENGTH = 0.35;

  private static final double MOST = 8;
  private static final int LEAST_TILE = 16;

  /**
   * Checks the ranges.
   *
   * @throws InvalidRequestException if a number is out of its range
   */
  public Upscaling {
    if (!(scale > 1 && scale <= MOST)) {
      throw new InvalidRequestException(
          "the scale of upscaling must be above 1 and at most " + MOST + " but was " + scale);
    }
    if (tile != null && tile < LEAST_TILE) {
      throw new InvalidRequestException(
          "the tile of upscaling must be at least " + LEAST_TILE + " pixels but was " + tile);
    }
    if (overlap != null && (overlap < 0 || (tile != null && overlap >= tile))) {
      throw new InvalidRequestException(
          "the overlap of tiles must be at least 0 and less than a tile"
              + (tile == null ? "" : " of " + tile + " pixels")
              + " but was "
              + overlap);
    }
  }

  /**
   * With the model's own tile where none is chosen, and both rounded down to multiples of {@code
   * step}.
   *
   * @param trained side of the pictures that the model was trained for
   */
  public Upscaling filled(int trained, int step) {
    int side = Math.max(step, (tile == null ? trained : tile) / step * step);
    int shared = (overlap == null ? side / 4 : overlap) / step * step;
    return new Upscaling(scale, side, Math.min(shared, side - step));
  }

  /** Side of a window in pixels, once {@link #filled}. */
  public int window() {
    return Objects.requireNonNull(tile);
  }

  /** A side of the enlarged picture, cut down to a multiple of {@code step}. */
  public int side(String name, int pixels, int step) {
    return InputPictures.side(name, (int) Math.round(pixels * scale), step);
  }
}
