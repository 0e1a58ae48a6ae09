package io.github.tcd4j.data.scenes;

import io.github.tcd4j.files.InvalidRequestException;

/**
 * From what scenes are drawn; every choice is uniform. Lengths are in parts of a picture 64 wide.
 *
 * @param fewest things in a scene, at least 1
 * @param most things in a scene, at most 4
 * @param smallest length of a thing's longer side before it is turned, at least 4
 * @param largest length of the same, at most 45, so that it fits at any turn
 * @param turn largest angle in degrees to either side, in [0, 180]
 * @param overlap share of a thing's area that others may cover, or that it may cover of them, in
 *     [0, 1]
 */
public record SceneSpec(
    int fewest, int most, double smallest, double largest, double turn, double overlap) {
  /** Width and height of a scene in its own unit. */
  public static final int UNITS = 64;

  /** Two or three things, 22 to 34 long, turned by up to 20 degrees, overlapping by a fifth. */
  public static final SceneSpec STANDARD = new SceneSpec(2, 3, 22, 34, 20, 0.2);

  public SceneSpec {
    if (fewest < 1 || most < fewest || most > 4) {
      throw new InvalidRequestException(
          "a scene must have 1 to 4 things but was to have " + fewest + " to " + most);
    }
    if (!(smallest >= 4 && smallest <= largest && largest <= 45)) {
      throw new InvalidRequestException(
          "sizes of things must be in [4, 45] but were " + smallest + " to " + largest);
    }
    if (!(turn >= 0 && turn <= 180) || !(overlap >= 0 && overlap <= 1)) {
      throw new InvalidRequestException(
          "turn must be in [0, 180] and overlap in [0, 1] but were " + turn + ", " + overlap);
    }
  }
}
