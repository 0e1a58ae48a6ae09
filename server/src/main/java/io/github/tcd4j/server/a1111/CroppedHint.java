package io.github.tcd4j.server.a1111;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.decode.ImageFormatException;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.server.http.HttpProblem;
import java.util.Base64;
import java.util.Map;

/** The middle of a picture with the shape of another size. */
final class CroppedHint {
  private static final String FIELD = "alwayson_scripts";

  /** As many as a picture of a request may have. */
  private static final long MOST_PIXELS = 1L << 24;

  private CroppedHint() {}

  /**
   * The picture itself where it has the shape already; else a PNG in base64.
   *
   * @param crop false to refuse another shape, whose margins somebody would have to invent
   */
  static String of(String base64, int width, int height, boolean crop) {
    try {
      int data = base64.startsWith("data:") ? base64.indexOf(',') + 1 : 0;
      byte[] file = Base64.getMimeDecoder().decode(base64.substring(data));
      if (ImageDecoder.declaredPixels(file) > MOST_PIXELS) {
        return base64; // Refused where all pictures are.
      }
      Image image = ImageDecoder.decode(file);
      long across = (long) image.width() * height;
      long down = (long) image.height() * width;
      if (across == down || width < 1 || height < 1) {
        return base64;
      }
      if (!crop) {
        throw HttpProblem.invalid(
            FIELD,
            ("the image of a unit is "
                    + image.width()
                    + "x"
                    + image.height()
                    + ", of another shape")
                + (" than the picture's " + width + "x" + height)
                + "; its resize_mode must be Just Resize or Crop and Resize");
      }
      int w = across > down ? (int) (down / height) : image.width();
      int h = across > down ? image.height() : (int) (across / width);
      return Base64.getEncoder()
          .encodeToString(
              PngWriter.encode(middle(image, Math.max(1, w), Math.max(1, h)), Map.of()));
    } catch (ImageFormatException e) {
      throw HttpProblem.invalid(FIELD, "the image of a unit cannot be used: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw HttpProblem.invalid(FIELD, "the image of a unit is not valid base64");
    }
  }

  private static Image middle(Image image, int width, int height) {
    int left = (image.width() - width) / 2;
    int top = (image.height() - height) / 2;
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      System.arraycopy(
          image.rgb(), 3 * ((top + y) * image.width() + left), rgb, 3 * y * width, 3 * width);
    }
    return new Image(width, height, rgb);
  }
}
