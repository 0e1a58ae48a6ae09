package io.github.tcd4j.training.adapter;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.images.resize.PassOrder;
import io.github.tcd4j.images.resize.Resample;
import io.github.tcd4j.images.resize.Resizer;
import io.github.tcd4j.training.recipe.RecipeException;

/** Makes the hint of a ControlNet of a picture, of the same size. */
@FunctionalInterface
interface HintPreprocessor {
  Image apply(Image picture);

  /**
   * @param text {@code canny} or {@code canny:LOW,HIGH}, the edges; {@code tile:N}, the picture
   *     without its details, made N times smaller and large again
   */
  static HintPreprocessor parse(String text) {
    try {
      if (text.equals("canny")) {
        return Canny.USUAL::apply;
      }
      if (text.matches("canny:[0-9.]+,[0-9.]+")) {
        String[] thresholds = text.substring("canny:".length()).split(",", -1);
        Canny canny =
            new Canny(Double.parseDouble(thresholds[0]), Double.parseDouble(thresholds[1]));
        return canny::apply;
      }
      if (text.matches("tile:[1-9][0-9]?")) {
        int factor = Integer.parseInt(text.substring("tile:".length()));
        return picture -> coarse(picture, factor);
      }
    } catch (IllegalArgumentException e) {
      throw new RecipeException("settings.hint: " + e.getMessage(), e);
    }
    throw new RecipeException(
        "settings.hint must be canny, canny:LOW,HIGH, such as canny:100,200, or tile:N with N from 1"
            + " to 99, but was "
            + text);
  }

  private static Image coarse(Image picture, int factor) {
    Resizer lanczos = new Resizer(Resample.LANCZOS, PassOrder.PILLOW_13);
    int width = Math.max(1, picture.width() / factor);
    int height = Math.max(1, picture.height() / factor);
    return lanczos.resize(
        lanczos.resize(picture, width, height), picture.width(), picture.height());
  }
}
