package io.github.tcd4j.evaluation.preprocess;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.Resize;

/**
 * CLIP's: the shorter side to the network's by Pillow's bicubic filter, the middle cut out, then
 * CLIP's mean and deviation.
 *
 * @param side of the network's pictures
 * @param crop which program's middle
 */
public record ClipPreprocessor(int side, Crop crop) implements Preprocessor {
  /** Where the middle begins if the margin is odd: the two differ by a pixel on some sizes. */
  public enum Crop {
    /** OpenAI's, open_clip's and ImageReward's: half of the margin, rounded half to even. */
    TORCHVISION,
    /** transformers' image processor: half of the margin, rounded down. */
    TRANSFORMERS;

    int start(int margin) {
      return this == TORCHVISION ? (int) Math.rint(margin / 2.0) : margin / 2;
    }
  }

  @Override
  public String id() {
    return "clip" + side + (crop == Crop.TORCHVISION ? "-torchvision" : "-transformers");
  }

  @Override
  public float[] apply(Image image) {
    Image small = shorterSideTo(image);
    int left = crop.start(small.width() - side);
    int top = crop.start(small.height() - side);
    Image middle = Planes.crop(small, left, top, side, side);
    return Planes.normalized(Planes.shares(middle), Planes.CLIP_MEAN, Planes.CLIP_STD);
  }

  private Image shorterSideTo(Image image) {
    int shorter = Math.min(image.width(), image.height());
    int longer = Math.max(image.width(), image.height());
    int length = (int) ((double) ((long) side * longer) / shorter);
    return image.width() <= image.height()
        ? Resize.bicubic(image, side, length)
        : Resize.bicubic(image, length, side);
  }
}
