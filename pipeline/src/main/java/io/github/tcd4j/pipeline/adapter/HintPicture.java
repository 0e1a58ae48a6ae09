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
 * @param network what computes it otherwise; null where nothing does
 */
public record HintPicture(InputFile file, @Nullable Canny canny, @Nullable HintNetwork network) {
  private static final String WHAT = "hint";

  public HintPicture {
    if (canny != null && network != null) {
      throw new IllegalArgumentException("a hint is computed in one way, not two");
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
    return ofNetwork(file, new HintNetwork(HintNetwork.Kind.DEPTH, model));
  }

  /** The hint is what a network computes of the file. */
  public static HintPicture ofNetwork(InputFile file, HintNetwork network) {
    return new HintPicture(file, null, network);
  }

  /**
   * The hints at the size of their files: one, or those of a folder in order; where a network
   * computes them, the pictures to compute them of.
   */
  public List<Image> read() {
    return file.pictures(WHAT).stream().map(p -> canny == null ? p : canny.apply(p)).toList();
  }

  /** What it is made by: canny, the key of a network, or none. */
  public String method() {
    if (network != null) {
      return network.kind().key();
    }
    return canny == null ? "none" : "canny";
  }

  HintPicture current() {
    return new HintPicture(file.current(WHAT), canny, network == null ? null : network.current());
  }

  /** The same of the file at another place. */
  public HintPicture at(InputFile place) {
    return new HintPicture(place, canny, network);
  }

  /** The same with its network at another place. */
  public HintPicture withNetwork(@Nullable HintNetwork other) {
    return new HintPicture(file, canny, other);
  }
}
