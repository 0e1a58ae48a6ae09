package io.github.tcd4j.pipeline.input;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.filter.GaussianBlur;
import io.github.tcd4j.images.resize.PassOrder;
import io.github.tcd4j.images.resize.Resample;
import io.github.tcd4j.images.resize.Resizer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The picture and its mask at one size: decoded, with the margins of an outpainting around it, the
 * mask blurred.
 *
 * @param image the picture; margins continue its edges
 * @param mask of the same size, red, green and blue; null for none
 */
public record InputPictures(Image image, @Nullable Image mask) {
  /** Pillow 13's, which is the version that the fixtures are made with. */
  private static final Resizer LANCZOS = new Resizer(Resample.LANCZOS, PassOrder.PILLOW_13);

  private static final Resizer BICUBIC = new Resizer(Resample.BICUBIC, PassOrder.PILLOW_13);

  /** How far a mask of margins reaches into the picture, so that the seam is generated anew. */
  private static final int OVERLAP = 8;

  /**
   * Reads the files.
   *
   * @param step margins are widened so that the sides are multiples of it
   * @param exact whether margins are as they were chosen, because a size is chosen too
   * @throws InvalidRequestException if a file is no picture
   */
  public static InputPictures read(InputSettings input, int step, boolean exact) {
    Image picture = Objects.requireNonNull(input.image()).decode("picture");
    Image mask = input.mask() == null ? null : input.mask().decode("mask");
    if (input.outpainting() != null) {
      Canvas canvas = Canvas.of(picture, input.outpainting(), exact ? 1 : step);
      Image inner = mask == null ? null : resized(mask, picture.width(), picture.height());
      mask = canvas.mask(inner, OVERLAP);
      picture = canvas.extended(picture);
    }
    if (mask != null && input.maskBlur() != null && input.maskBlur() > 0) {
      mask = new GaussianBlur(input.maskBlur()).apply(mask);
    }
    return new InputPictures(picture, mask);
  }

  /** Both at another size, without cropping: Lanczos in 8 bits as diffusers' image processor. */
  public InputPictures resized(int width, int height) {
    return new InputPictures(
        resized(image, width, height), mask == null ? null : resized(mask, width, height));
  }

  /** The picture as an upscaler reads it: bicubic in 8 bits, as that pipeline of diffusers does. */
  public InputPictures small(int width, int height) {
    boolean same = image.width() == width && image.height() == height;
    return new InputPictures(same ? image : BICUBIC.resize(image, width, height), null);
  }

  private static Image resized(Image image, int width, int height) {
    return image.width() == width && image.height() == height
        ? image
        : LANCZOS.resize(image, width, height);
  }

  /**
   * A side of the picture, cut down to a multiple of {@code step}.
   *
   * @throws InvalidRequestException if nothing is left
   */
  public static int side(String name, int pixels, int step) {
    int cut = pixels - pixels % step;
    if (cut == 0) {
      throw new InvalidRequestException(
          ("the picture's " + name + " is " + pixels + " pixels but this model generates multiples")
              + (" of " + step + "; choose a size"));
    }
    return cut;
  }

  /** The mask in grey, 0 for kept to 255 for generated anew, row by row. */
  public byte[] greyMask() {
    byte[] rgb = Objects.requireNonNull(mask).rgb();
    byte[] grey = new byte[rgb.length / 3];
    for (int i = 0; i < grey.length; i++) {
      grey[i] = (byte) luma(rgb[3 * i] & 255, rgb[3 * i + 1] & 255, rgb[3 * i + 2] & 255);
    }
    return grey;
  }

  /** Pillow's mode L: ITU-R 601 in fixed point. */
  private static int luma(int red, int green, int blue) {
    return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
  }

  /**
   * A generated picture with the pixels of this one where the mask is black, mixed where it is
   * grey.
   */
  public Image pasted(Image generated) {
    byte[] grey = greyMask();
    byte[] kept = image.rgb();
    byte[] out = generated.rgb().clone();
    for (int i = 0; i < out.length; i++) {
      int share = grey[i / 3] & 255;
      int sum = (out[i] & 255) * share + (kept[i] & 255) * (255 - share);
      out[i] = (byte) ((sum + 127) / 255);
    }
    return new Image(generated.width(), generated.height(), out);
  }
}
