package io.github.tcd4j.evaluation.preprocess;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.Interpolation;
import io.github.tcd4j.images.resize.Resample;
import io.github.tcd4j.images.resize.Resizer;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * How pictures become the 299x299 pixels of FID's Inception. The three differ by several units of
 * FID on the same pictures: figures of different modes must not be compared.
 */
public enum FidMode implements Preprocessor {
  /** pytorch-fid: torch's bilinear interpolation without antialiasing, then 2x - 1. */
  PYTORCH_FID("pytorch-fid"),
  /** clean-fid's default: Pillow's bicubic filter on numbers, clipped but not rounded. */
  CLEAN("clean"),
  /** TensorFlow 1's bilinear: the original FID, ADM's evaluator, StyleGAN, torch-fidelity. */
  TF1("tf1");

  private static final int SIDE = 299;

  private final String id;

  FidMode(String id) {
    this.id = id;
  }

  /**
   * The mode of that name.
   *
   * @throws InvalidRequestException if there is none
   */
  public static FidMode parse(String name) {
    for (FidMode mode : values()) {
      if (mode.id.equals(name)) {
        return mode;
      }
    }
    throw new InvalidRequestException(
        "the mode of FID is "
            + Arrays.stream(values()).map(FidMode::id).collect(Collectors.joining(", "))
            + (" but was '" + name + "'"));
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public int side() {
    return SIDE;
  }

  @Override
  public float[] apply(Image image) {
    return switch (this) {
      case PYTORCH_FID -> {
        float[] shares = resized(Interpolation.TORCH_BILINEAR, Planes.shares(image), image);
        for (int i = 0; i < shares.length; i++) {
          shares[i] = 2 * shares[i] - 1;
        }
        yield Planes.scaled(shares, 0, 1);
      }
      case CLEAN -> {
        float[] levels =
            new Resizer(Resample.BICUBIC)
                .resize(Planes.levels(image), image.width(), image.height(), 3, SIDE, SIDE);
        for (int i = 0; i < levels.length; i++) {
          levels[i] = Math.max(0, Math.min(255, levels[i]));
        }
        yield Planes.scaled(levels, 128, 128);
      }
      case TF1 -> {
        float[] levels = resized(Interpolation.TENSORFLOW1_BILINEAR, Planes.levels(image), image);
        yield Planes.scaled(levels, 128, 128);
      }
    };
  }

  private static float[] resized(Interpolation how, float[] pixels, Image image) {
    return how.resize(pixels, image.width(), image.height(), 3, SIDE, SIDE);
  }
}
