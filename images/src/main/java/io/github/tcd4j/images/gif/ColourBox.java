package io.github.tcd4j.images.gif;

/** A box of cells of the colour cube, lower bounds excluded. */
record ColourBox(int r0, int r1, int g0, int g1, int b0, int b1) {
  /** All colours. */
  static final ColourBox ALL =
      new ColourBox(
          0, ColourMoments.SIDE - 1, 0, ColourMoments.SIDE - 1, 0, ColourMoments.SIDE - 1);

  int low(int axis) {
    return axis == 0 ? r0 : axis == 1 ? g0 : b0;
  }

  int high(int axis) {
    return axis == 0 ? r1 : axis == 1 ? g1 : b1;
  }

  /** The part up to a cell of an axis, and the part behind it. */
  ColourBox[] cut(int axis, int at) {
    return switch (axis) {
      case 0 ->
          new ColourBox[] {
            new ColourBox(r0, at, g0, g1, b0, b1), new ColourBox(at, r1, g0, g1, b0, b1)
          };
      case 1 ->
          new ColourBox[] {
            new ColourBox(r0, r1, g0, at, b0, b1), new ColourBox(r0, r1, at, g1, b0, b1)
          };
      default ->
          new ColourBox[] {
            new ColourBox(r0, r1, g0, g1, b0, at), new ColourBox(r0, r1, g0, g1, at, b1)
          };
    };
  }
}
