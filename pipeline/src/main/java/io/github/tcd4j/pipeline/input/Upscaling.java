package io.github.tcd4j.pipeline.input;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The picture is made larger: by an upscaler, which reads it next to its latents; or, by any other
 * model, enlarged first and then generated anew from it. A network sees the latents through windows
 * of the size that it was trained for; see {@code WindowedDenoiser}.
 *
 * @param scale factor on both sides, above 1 and at most 8; an upscaler has its own alone. Null for
 *     that, or for 2
 * @param tile side of a window in pixels of the result, at least 16; null for the model's own, in
 *     an upscaler for no windows where the result has a megapixel or less
 * @param overlap of neighbouring windows in pixels, less than a tile; null for a quarter of it
 * @param noiseLevel of the noise that is added to the picture which an upscaler reads, at least 0;
 *     null for 20, and for any other model
 */
public record Upscaling(
    @Nullable Double scale,
    @Nullable Integer tile,
    @Nullable Integer overlap,
    @Nullable Integer noiseLevel) {
  /** Strength where none is chosen: enough for new detail, too little for new things. */
  public static final double DEFAULT_STRENGTH = 0.35;

  /** Pixels of the result above which networks work in windows and tiles. */
  public static final long LARGE = 1L << 20;

  /** All left to the model. */
  public static final Upscaling OWN = new Upscaling(null, null, null, null);

  private static final double DEFAULT_SCALE = 2;
  private static final double MOST = 8;
  private static final int LEAST_TILE = 16;

  /**
   * Checks the ranges.
   *
   * @throws InvalidRequestException if a number is out of its range
   */
  public Upscaling {
    if (scale != null && !(scale > 1 && scale <= MOST)) {
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
    if (noiseLevel != null && noiseLevel < 0) {
      throw new InvalidRequestException(
          "the noise level of an upscaler must be at least 0 but was " + noiseLevel);
    }
  }

  /** By a model that is no upscaler. */
  public Upscaling(double scale, @Nullable Integer tile, @Nullable Integer overlap) {
    this(scale, tile, overlap, null);
  }

  /** The same with the scale filled in. */
  public Upscaling withScale(double factor) {
    return new Upscaling(factor, tile, overlap, noiseLevel);
  }

  /** The same with another noise level. */
  public Upscaling withNoiseLevel(int level) {
    return new Upscaling(scale, tile, overlap, level);
  }

  /** The same without windows. */
  public Upscaling whole() {
    return new Upscaling(scale, null, null, noiseLevel);
  }

  /** Whether a tile or an overlap is chosen. */
  public boolean choosesWindows() {
    return tile != null || overlap != null;
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
    return new Upscaling(scale, side, Math.min(shared, side - step), noiseLevel);
  }

  /** Factor on both sides. */
  public double factor() {
    return scale == null ? DEFAULT_SCALE : scale;
  }

  /** Whether there are windows, once all is filled in. */
  public boolean windowed() {
    return tile != null;
  }

  /** Side of a window in pixels, where there are {@link #windowed windows}. */
  public int window() {
    return Objects.requireNonNull(tile);
  }

  /** How much of a window its neighbour has too, where there are {@link #windowed windows}. */
  public int shared() {
    return Objects.requireNonNull(overlap);
  }

  /**
   * Pixels that a network sees in one step, those of several windows counted for each, once all is
   * filled in.
   *
   * @param width of the result
   * @param height likewise
   */
  public long seen(int width, int height) {
    return windowed()
        ? (long) windows(width)
            * Math.min(window(), width)
            * windows(height)
            * Math.min(window(), height)
        : (long) width * height;
  }

  /** Windows along a side. */
  private int windows(int side) {
    int step = window() - shared();
    return side <= window() ? 1 : (side - shared() + step - 1) / step;
  }

  /** A side of the enlarged picture, cut down to a multiple of {@code step}. */
  public int side(String name, int pixels, int step) {
    return InputPictures.side(name, (int) Math.round(pixels * factor()), step);
  }
}
