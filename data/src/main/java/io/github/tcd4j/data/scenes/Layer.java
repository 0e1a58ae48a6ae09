package io.github.tcd4j.data.scenes;

/**
 * A thing in the pixels of a picture.
 *
 * @param left first column, may be outside of the picture
 * @param top first row
 * @param rgba as of a {@link Cutout}
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Layer(int left, int top, int width, int height, float[] rgba) {
  /**
   * Draws a thing: each pixel is the mean of points of the drawing, so close to each other that
   * nothing of it is left out, and each of them interpolated between four pixels of the drawing.
   *
   * @param pixels of the picture to a unit of the scene
   */
  static Layer of(Scene.Thing thing, double pixels) {
    Cutout cutout = thing.concept().drawings().get(thing.drawing()).cutout();
    double scale = thing.size() * pixels / Math.max(cutout.width(), cutout.height());
    double radians = StrictMath.toRadians(thing.turn());
    double cos = StrictMath.cos(radians) / scale;
    double sin = StrictMath.sin(radians) / scale;
    double halfWidth = pixels * Extent.width(thing) / 2 + 1;
    double halfHeight = pixels * Extent.height(thing) / 2 + 1;
    double x0 = thing.x() * pixels;
    double y0 = thing.y() * pixels;
    int left = (int) Math.floor(x0 - halfWidth);
    int top = (int) Math.floor(y0 - halfHeight);
    int width = (int) Math.ceil(x0 + halfWidth) - left;
    int height = (int) Math.ceil(y0 + halfHeight) - top;
    int points = Math.max(2, (int) Math.ceil(1.2 / scale));
    Sampler sampler = new Sampler(cutout, new float[4 * width * height]);
    for (int i = 0; i < width * height; i++) {
      for (int p = 0; p < points * points; p++) {
        double x = left + i % width + (p % points + 0.5) / points - x0;
        double y = top + i / width + (p / points + 0.5) / points - y0;
        double u = cos * x + sin * y;
        double v = cos * y - sin * x;
        sampler.add(
            4 * i,
            (thing.mirrored() ? -u : u) + cutout.width() / 2.0 - 0.5,
            v + cutout.height() / 2.0 - 0.5);
      }
    }
    return new Layer(left, top, width, height, sampler.mean(points * points));
  }

  /** Points of a cutout, summed up by pixel. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Sampler(Cutout cutout, float[] sums) {
    /** Adds the colour between four pixels; there is nothing outside of the cutout. */
    void add(int at, double x, double y) {
      if (x <= -1 || y <= -1 || x >= cutout.width() || y >= cutout.height()) {
        return;
      }
      int left = (int) Math.floor(x);
      int top = (int) Math.floor(y);
      float a = (float) (x - left);
      float b = (float) (y - top);
      add(at, left, top, (1 - a) * (1 - b));
      add(at, left + 1, top, a * (1 - b));
      add(at, left, top + 1, (1 - a) * b);
      add(at, left + 1, top + 1, a * b);
    }

    private void add(int at, int x, int y, float weight) {
      if (x >= 0 && y >= 0 && x < cutout.width() && y < cutout.height()) {
        int from = 4 * (y * cutout.width() + x);
        float[] rgba = cutout.rgba();
        sums[at] += weight * rgba[from];
        sums[at + 1] += weight * rgba[from + 1];
        sums[at + 2] += weight * rgba[from + 2];
        sums[at + 3] += weight * rgba[from + 3];
      }
    }

    float[] mean(int points) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] /= points;
      }
      return sums;
    }
  }

  /** Width and height of a thing's frame after it is turned, in units of the scene. */
  static final class Extent {
    private Extent() {}

    static double width(Scene.Thing thing) {
      return along(thing, false);
    }

    static double height(Scene.Thing thing) {
      return along(thing, true);
    }

    private static double along(Scene.Thing thing, boolean upright) {
      Cutout cutout = thing.concept().drawings().get(thing.drawing()).cutout();
      double scale = thing.size() / Math.max(cutout.width(), cutout.height());
      double radians = StrictMath.toRadians(thing.turn());
      double cos = Math.abs(StrictMath.cos(radians));
      double sin = Math.abs(StrictMath.sin(radians));
      int own = upright ? cutout.height() : cutout.width();
      int other = upright ? cutout.width() : cutout.height();
      return scale * (own * cos + other * sin);
    }
  }

  Layer moved(int right, int down) {
    return new Layer(left + right, top + down, width, height, rgba);
  }

  /** Sum of alpha: how many pixels it covers. */
  double area() {
    return new Cutout(width, height, rgba).area();
  }

  /** The area that both cover. */
  double overlap(Layer other) {
    double sum = 0;
    int right = Math.min(left + width, other.left + other.width);
    int bottom = Math.min(top + height, other.top + other.height);
    for (int y = Math.max(top, other.top); y < bottom; y++) {
      for (int x = Math.max(left, other.left); x < right; x++) {
        sum += (double) alpha(x, y) * other.alpha(x, y);
      }
    }
    return sum;
  }

  private float alpha(int x, int y) {
    return rgba[4 * ((y - top) * width + x - left) + 3];
  }

  /** Lays it over a picture (3, size, size). */
  void over(float[] picture, int size) {
    for (int y = Math.max(0, top); y < Math.min(size, top + height); y++) {
      for (int x = Math.max(0, left); x < Math.min(size, left + width); x++) {
        int from = 4 * ((y - top) * width + x - left);
        float through = 1 - rgba[from + 3];
        for (int c = 0; c < 3; c++) {
          int to = (c * size + y) * size + x;
          picture[to] = rgba[from + c] + through * picture[to];
        }
      }
    }
  }
}
