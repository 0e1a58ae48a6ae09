package io.github.tcd4j.evaluation.preprocess;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.Resize;

/** To a square, and the mean and deviation of a network's training. */
public enum SquarePreprocessor implements Preprocessor {
  /** CMMD's: the middle square, Pillow's bicubic filter to 336, CLIP's mean and deviation. */
  CMMD("cmmd336", 336),
  /** IC9600's: all of the picture to 512x512 by Pillow's bilinear filter, ImageNet's mean. */
  IC9600("ic9600-512", 512),
  /** EfficientNet-Lite's: all of the picture to 224x224 by Pillow's bicubic filter. */
  EFFICIENTNET("square224", 224);

  private final String id;
  private final int side;

  SquarePreprocessor(String id, int side) {
    this.id = id;
    this.side = side;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public int side() {
    return side;
  }

  @Override
  public float[] apply(Image image) {
    if (this == IC9600) {
      float[] shares = Planes.shares(Resize.bilinear(image, side, side));
      return Planes.normalized(shares, Planes.IMAGENET_MEAN, Planes.IMAGENET_STD);
    }
    if (this == EFFICIENTNET) {
      return Planes.scaled(Planes.levels(Resize.bicubic(image, side, side)), 127, 128);
    }
    int length = Math.min(image.width(), image.height());
    int left = (image.width() - length) / 2;
    int top = (image.height() - length) / 2;
    Image middle = Planes.crop(image, left, top, length, length);
    float[] shares = Planes.shares(Resize.bicubic(middle, side, side));
    return Planes.normalized(shares, Planes.CLIP_MEAN, Planes.CLIP_STD);
  }
}
