package io.github.tcd4j.data.scenes;

import io.github.tcd4j.data.SplitMix64;

/**
 * What lies behind the things: one of 24 plain colours, 12 gradients of two colours, 6 textures of
 * two colours.
 *
 * @param number in [0, {@link #COUNT}): plain colours first, then gradients, then textures
 * @param angle by which gradient or texture is turned, in degrees in [0, 360)
 * @param shift of a texture, in units of the scene in [0, 64)
 */
public record Backdrop(int number, double angle, double shift) {
  private static final int[] PLAIN = {
    0xffffff, 0xe8e4da, 0xb9bec6, 0x6b7280, 0x2a2d34, 0x4a3728, 0xc9a27a, 0xf6c9a8,
    0xf4a7a3, 0xd64545, 0x7a1f2b, 0xf2994a, 0xf7d774, 0xfff3c4, 0xcfe8a9, 0x6ab04c,
    0x1f5c3a, 0x9fe0d0, 0x1f8a8a, 0xbfe3f7, 0x4a90d9, 0x1e3766, 0xcdb9ee, 0x6b3fa0
  };

  private static final int[][] GRADIENTS = {
    {0xbfe3f7, 0xffffff}, {0x4a90d9, 0xbfe3f7}, {0x0f2044, 0x4b6cb7}, {0xf7d774, 0xf2994a},
    {0xf2994a, 0x8e2b5b}, {0xf9c5d1, 0xcdb9ee}, {0xcfe8a9, 0x4f9d5d}, {0x134e4a, 0x5fc9b5},
    {0xe8e4da, 0xb39b7d}, {0x3a3f4a, 0x9aa3b0}, {0x5b2a86, 0xe07ab0}, {0xfff3c4, 0xf4a7a3}
  };

  private static final int[][] TEXTURES = {
    {0xdfe9f3, 0xb6cbe0}, {0xf7e6d0, 0xe9c8a0}, {0xe9dff5, 0xb99fdb},
    {0x2f6f8f, 0x4b93b5}, {0xb5654a, 0xd9b8a6}, {0x86b36a, 0x5f9150}
  };

  /** Number of different ones, but for angle and shift. */
  public static final int COUNT = PLAIN.length + GRADIENTS.length + TEXTURES.length;

  public Backdrop {
    if (number < 0 || number >= COUNT) {
      throw new IllegalArgumentException("backdrop must be below " + COUNT + " but was " + number);
    }
  }

  static Backdrop draw(SplitMix64 random) {
    return new Backdrop(
        random.below(COUNT), random.between(0, 360), random.between(0, SceneSpec.UNITS));
  }

  boolean isPlain() {
    return number < PLAIN.length;
  }

  boolean isGradient() {
    return !isPlain() && number < PLAIN.length + GRADIENTS.length;
  }

  /** Pixels (3, size, size) in [0, 255]. */
  float[] pixels(int size) {
    float[] out = new float[3 * size * size];
    int[] colours = colours();
    double radians = StrictMath.toRadians(angle);
    double cos = StrictMath.cos(radians);
    double sin = StrictMath.sin(radians);
    double reach = SceneSpec.UNITS / 2.0 * (Math.abs(cos) + Math.abs(sin));
    for (int i = 0; i < size * size; i++) {
      double x = (i % size + 0.5) * SceneSpec.UNITS / size - SceneSpec.UNITS / 2.0;
      double y = (i / size + 0.5) * SceneSpec.UNITS / size - SceneSpec.UNITS / 2.0;
      double u = cos * x + sin * y;
      double v = cos * y - sin * x;
      double share = isPlain() ? 0 : isGradient() ? (u / reach + 1) / 2 : texture(u, v);
      for (int c = 0; c < 3; c++) {
        int shiftBy = 16 - 8 * c;
        int from = colours[0] >> shiftBy & 0xff;
        int to = colours[1] >> shiftBy & 0xff;
        out[c * size * size + i] = (float) (from + share * (to - from));
      }
    }
    return out;
  }

  private int[] colours() {
    if (isPlain()) {
      return new int[] {PLAIN[number], PLAIN[number]};
    }
    int gradient = number - PLAIN.length;
    return isGradient() ? GRADIENTS[gradient] : TEXTURES[gradient - GRADIENTS.length];
  }

  /** The share of the second colour at a point. */
  private double texture(double u, double v) {
    Texture texture = Texture.values()[number - PLAIN.length - GRADIENTS.length];
    return texture.at(u + SceneSpec.UNITS + shift, v + SceneSpec.UNITS + shift);
  }
}
