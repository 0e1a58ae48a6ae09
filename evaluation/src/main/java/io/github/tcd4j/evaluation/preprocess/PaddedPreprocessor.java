package io.github.tcd4j.evaluation.preprocess;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.Interpolation;

/**
 * HPSv2's: the longer side to 224 by torch's bicubic interpolation of numbers, black bars around,
 * CLIP's mean and deviation. Torchvision smooths there from version 0.17 on, and did not before;
 * the two give clearly different pictures of large ones.
 *
 * @param antialias whether it smooths
 */
public record PaddedPreprocessor(boolean antialias) implements Preprocessor {
  private static final int SIDE = 224;

  @Override
  public String id() {
    return "hps224" + (antialias ? "-antialias" : "");
  }

  @Override
  public int side() {
    return SIDE;
  }

  @Override
  public float[] apply(Image image) {
    double scale = SIDE / (double) Math.max(image.width(), image.height());
    int width = (int) Math.rint(image.width() * scale);
    int height = (int) Math.rint(image.height() * scale);
    Interpolation how =
        antialias ? Interpolation.TORCH_BICUBIC_ANTIALIAS : Interpolation.TORCH_BICUBIC;
    width = Math.max(1, width);
    height = Math.max(1, height);
    float[] small =
        how.resize(Planes.shares(image), image.width(), image.height(), 3, width, height);
    float[] padded = new float[3 * SIDE * SIDE];
    int left = (SIDE - width) / 2;
    int top = (SIDE - height) / 2;
    for (int y = 0; y < height; y++) {
      System.arraycopy(small, 3 * y * width, padded, 3 * ((top + y) * SIDE + left), 3 * width);
    }
    return Planes.normalized(padded, Planes.CLIP_MEAN, Planes.CLIP_STD);
  }
}
