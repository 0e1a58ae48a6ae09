package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.pipeline.input.InputFile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The picture that a ControlNet sees, or a folder with one for each frame of an animation.
 *
 * @param file the hint itself, or the picture that it is computed from at its own size
 * @param canny how its edges are found; null where they are not the hint
 * @param depth the network that estimates its depth; null where that is not the hint
 */
public record HintPicture(InputFile file, @Nullable Canny canny, @Nullable AdapterModel depth) {
  private static final String WHAT = "hint";

  public HintPicture {
    if (canny != null && depth != null) {
      throw new IllegalArgumentException("a hint is edges or depth, not both");
    }
  }

  /** The file is the hint. */
  public static HintPicture of(InputFile file) {
    return new HintPicture(file, null, null);
  }

  /** The hint is the edges of the file. */
  public static HintPicture ofEdges(InputFile file, Canny canny) {
    return new HintPicture(file, canny, null);
  }

  /** The hint is the depth of the file. */
  public static HintPicture ofDepth(InputFile file, AdapterModel model) {
    return new HintPicture(file, null, model);
  }

  /**
   * The hints at the size of their files: one, or those of a folder in order; where they are depth,
   * the pictures to estimate it of.
   */
  public List<Image> read() {
    return file.pictures(WHAT).stream().map(p -> canny == null ? p : canny.apply(p)).toList();
  }

  /** What it is made by: canny, depth or none. */
  public String method() {
    if (depth != null) {
      return "depth";
    }
    return canny == null ? "none" : "canny";
  }

  HintPicture current() {
    return new HintPicture(
        file.current(WHAT), canny, depth == null ? null : depth.current(DepthSource.WHAT));
  }

  /** The same of the file at another place. */
  public HintPicture at(InputFile place) {
    return new HintPicture(place, canny, depth);
  }

  /** The same with the depth model at another place. */
  public HintPicture withDepth(@Nullable AdapterModel model) {
    return new HintPicture(file, canny, model);
  }
}
