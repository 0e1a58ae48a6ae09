package io.github.tcd4j.images.resize;

/**
 * Which direction is resized first. With 8 bits the result is rounded and clamped between the two,
 * so the order can be seen: one level with a bilinear filter, up to 14 with a bicubic one.
 */
public enum PassOrder {
  /** Rows, then columns: Pillow up to version 12, and all published numbers until 2026. */
  HORIZONTAL_FIRST,
  /**
   * As Pillow from version 13 on: columns first where that is less work, which is where the height
   * shrinks by more than twice what the width shrinks.
   */
  PILLOW_13;

  boolean verticalFirst(Shape s) {
    if (this == HORIZONTAL_FIRST) {
      return false;
    }
    int shrink = s.height() - s.newHeight();
    return shrink > 0 && shrink > 2 * (s.width() - s.newWidth());
  }
}
