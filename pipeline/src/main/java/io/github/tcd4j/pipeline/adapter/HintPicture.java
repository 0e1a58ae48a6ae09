package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.pipeline.input.InputFile;
import org.jspecify.annotations.Nullable;

/**
 * The picture that a ControlNet sees.
 *
 * @param file the hint itself, or the picture that it is computed from
 * @param canny how its edges are found at its own size; null where the file is the hint
 */
public record HintPicture(InputFile file, @Nullable Canny canny) {
  private static final String WHAT = "hint";

  /** The file is the hint. */
  public static HintPicture of(InputFile file) {
    return new HintPicture(file, null);
  }

  /** The hint at the size of the file. */
  public Image read() {
    Image picture = file.decode(WHAT);
    return canny == null ? picture : canny.apply(picture);
  }

  HintPicture current() {
    return new HintPicture(file.current(WHAT), canny);
  }

  /** The same of the file at another place. */
  public HintPicture at(InputFile place) {
    return new HintPicture(place, canny);
  }
}
