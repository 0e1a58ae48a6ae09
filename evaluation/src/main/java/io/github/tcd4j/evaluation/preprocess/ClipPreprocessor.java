package io.github.tcd4j.evaluation.preprocess;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.decode.ImageFormatException;
import io.github.tcd4j.images.decode.Reading;
import io.github.tcd4j.images.decode.StoredImage;
import io.github.tcd4j.images.resize.Resample;

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

  /** Torchvision's programs resize what the file holds and convert to RGB afterwards. */
  @Override
  public float[] read(byte[] file) throws ImageFormatException {
    return crop == Crop.TORCHVISION
        ? pixels(ImageDecoder.stored(file))
        : apply(ImageDecoder.decode(file, Reading.AS_STORED));
  }

  @Override
  public float[] apply(Image image) {
    return pixels(new StoredImage(image, StoredImage.Kind.COLOURS, new byte[0]));
  }

  private float[] pixels(StoredImage image) {
    Image small = shorterSideTo(image);
    int left = crop.start(small.width() - side);
    int top = crop.start(small.height() - side);
    Image middle = Planes.crop(small, left, top, side, side);
    return Planes.normalized(Planes.shares(middle), Planes.CLIP_MEAN, Planes.CLIP_STD);
  }

  private Image shorterSideTo(StoredImage image) {
    int width = image.rgb().width();
    int height = image.rgb().height();
    int shorter = Math.min(width, height);
    if (shorter == side) {
      return image.rgb();
    }
    int length = (int) ((double) ((long) side * Math.max(width, height)) / shorter);
    return width <= height
        ? image.resized(Resample.BICUBIC, side, length)
        : image.resized(Resample.BICUBIC, length, side);
  }
}
