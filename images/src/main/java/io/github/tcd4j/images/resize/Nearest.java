package io.github.tcd4j.images.resize;

/** Nearest neighbours as Pillow's {@code ImagingScaleAffine} picks them. */
final class Nearest {
  private Nearest() {}

  /**
   * The source position of each result. Positions are summed up, not multiplied, as in Pillow: with
   * steps that are no binary fractions the last bit decides between two neighbours.
   */
  private static int[] positions(float from, float to, int newSize, int size) {
    double step = (double) (to - from) / newSize;
    double at = from + step * 0.5;
    int[] positions = new int[newSize];
    for (int i = 0; i < newSize; i++) {
      positions[i] = Math.min((int) at, size - 1);
      at += step;
    }
    return positions;
  }

  private static int[] columns(Shape s) {
    return positions(s.region().left(), s.region().right(), s.newWidth(), s.width());
  }

  private static int[] rows(Shape s) {
    return positions(s.region().top(), s.region().bottom(), s.newHeight(), s.height());
  }

  static byte[] resize(byte[] samples, Shape s) {
    byte[] out = new byte[s.newWidth() * s.newHeight() * s.channels()];
    copy(samples, out, s);
    return out;
  }

  static float[] resize(float[] samples, Shape s) {
    float[] out = new float[s.newWidth() * s.newHeight() * s.channels()];
    copy(samples, out, s);
    return out;
  }

  @SuppressWarnings("SuspiciousSystemArraycopy") // Both arrays are of one type: see the callers.
  private static void copy(Object from, Object to, Shape s) {
    int[] columns = columns(s);
    int[] rows = rows(s);
    int at = 0;
    for (int row : rows) {
      for (int column : columns) {
        System.arraycopy(from, (row * s.width() + column) * s.channels(), to, at, s.channels());
        at += s.channels();
      }
    }
  }
}
