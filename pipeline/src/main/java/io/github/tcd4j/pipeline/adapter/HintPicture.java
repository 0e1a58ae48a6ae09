package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.pipeline.input.InputFile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The picture that a ControlNet sees, or a folder with one for each frame of an animation.
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

  /** The hints at the size of their files: one, or those of a folder in order. */
  public List<Image> read() {
    return file.pictures(WHAT).stream().map(p -> canny == null ? p : canny.apply(p)).toList();
  }

  HintPicture current() {
    return new HintPicture(file.current(WHAT), canny);
  }

  /** The same of the file at another place. */
  public HintPicture at(InputFile place) {
    return new HintPicture(place, canny);
  }
}
