package io.github.tcd4j.evaluation.preprocess;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.Resize;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is done to real pictures before a network's own preprocessing. Papers differ here more than
 * anywhere else, so its name is part of every protocol with a reference.
 *
 * <p>Both sizes are torchvision's {@code Resize(side)} of a Pillow image: the shorter side to
 * {@code side} by the bilinear filter with antialiasing, the longer in proportion, rounded down;
 * the crop is {@code CenterCrop(side)}, half of the margin rounded half to even.
 *
 * @param kind what is done
 * @param side of the result in pixels, the shorter one where it is no square; 0 for none
 */
public record PicturePrep(Kind kind, int side) {
  /** What can be done. */
  public enum Kind {
    /** Nothing: the file as it is. */
    NONE("none"),
    /** The shorter side to a length, then the middle square. */
    CENTER_CROP("center-crop"),
    /** The shorter side to a length. */
    RESIZE("resize");

    private final String id;

    Kind(String id) {
      this.id = id;
    }
  }

  /** The file as it is. */
  public static final PicturePrep NONE = new PicturePrep(Kind.NONE, 0);

  private static final int MOST = 8192;
  private static final Pattern TEXT = Pattern.compile("(center-crop|resize):(\\d{1,9})");

  public PicturePrep {
    if (kind == Kind.NONE ? side != 0 : side < 1 || side > MOST) {
      throw new InvalidRequestException(
          "the side of prepared pictures must be in [1, " + MOST + "] pixels but was " + side);
    }
  }

  /**
   * Reads {@code none}, {@code center-crop:512} or {@code resize:512}.
   *
   * @throws InvalidRequestException if it is none of them
   */
  public static PicturePrep parse(String text) {
    if (text.equals(NONE.id())) {
      return NONE;
    }
    Matcher found = TEXT.matcher(text);
    if (!found.matches()) {
      throw new InvalidRequestException(
          "the preparation of reference pictures must be none, center-crop:SIDE or resize:SIDE but"
              + " was '"
              + text
              + "'");
    }
    Kind kind = found.group(1).equals(Kind.RESIZE.id) ? Kind.RESIZE : Kind.CENTER_CROP;
    return new PicturePrep(kind, Integer.parseInt(found.group(2)));
  }

  /** Its name, for protocols; {@link #parse} reads it. */
  public String id() {
    return kind == Kind.NONE ? kind.id : kind.id + ":" + side;
  }

  /** The prepared picture. */
  public Image apply(Image image) {
    if (kind == Kind.NONE) {
      return image;
    }
    int shorter = Math.min(image.width(), image.height());
    int longer = Math.max(image.width(), image.height());
    int length = (int) ((double) ((long) side * longer) / shorter);
    Image small =
        image.width() <= image.height()
            ? Resize.bilinear(image, side, length)
            : Resize.bilinear(image, length, side);
    if (kind == Kind.RESIZE) {
      return small;
    }
    int left = (int) Math.rint((small.width() - side) / 2.0);
    int top = (int) Math.rint((small.height() - side) / 2.0);
    return Planes.crop(small, left, top, side, side);
  }
}
