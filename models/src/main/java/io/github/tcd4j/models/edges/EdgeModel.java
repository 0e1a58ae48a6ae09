package io.github.tcd4j.models.edges;

import io.github.tcd4j.models.files.CheckpointShapes;
import io.github.tcd4j.models.layers.NetworkFile;
import io.github.tcd4j.models.layers.WeightsException;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;

/** A network from pictures to edges. */
public interface EdgeModel {
  /** Which of the two. */
  enum Kind {
    /** Soft edges, white on black: HED. */
    SOFT("a soft edge network (HED, ControlNetHED.pth)", "block1.convs.0.weight"),
    /** Lines, black on white: informative drawings. */
    LINES("a line art network (informative drawings, sk_model.pth)", "model0.1.weight");

    private final String network;
    private final String mark;

    Kind(String network, String mark) {
      this.network = network;
      this.mark = mark;
    }
  }

  /** What both sides of pictures must be multiples of. */
  int MULTIPLE = 16;

  /**
   * @param pixels (B, 3, H, W) red, green and blue from 0 to 255, sides multiples of {@link
   *     #MULTIPLE}
   * @return (B, H, W) in [0, 1], as bright as the {@link Kind} says
   */
  Tensor forward(Tensor pixels);

  /**
   * Looks at the names in a file; no weights are read.
   *
   * @param origin what to call the file in messages
   * @throws WeightsException if it holds something else, saying what it seems to be
   */
  static void require(String origin, TensorFile file, Kind kind) {
    if (file.names().contains(kind.mark)) {
      return;
    }
    for (Kind other : Kind.values()) {
      if (file.names().contains(other.mark)) {
        throw new WeightsException(
            String.format("%s is not %s but %s", origin, kind.network, other.network));
      }
    }
    String first = file.names().isEmpty() ? "nothing" : file.names().iterator().next() + ", ...";
    throw new WeightsException(
        String.format(
            "%s is not %s: it lacks %s and holds %s", origin, kind.network, kind.mark, first));
  }

  /**
   * Reads a network; its parameters belong to the scope that is open. Widths and numbers of layers
   * are those of the file.
   *
   * @param origin what to call the file in messages
   * @throws WeightsException if the file holds another network
   */
  static EdgeModel open(String origin, TensorFile file, Kind kind, Device device) {
    require(origin, file, kind);
    CheckpointShapes shapes = new CheckpointShapes(file, "");
    return NetworkFile.build(
        origin,
        kind.network,
        file,
        device,
        w -> kind == Kind.SOFT ? Hed.of(w, shapes) : LineDrawing.of(w, shapes));
  }
}
