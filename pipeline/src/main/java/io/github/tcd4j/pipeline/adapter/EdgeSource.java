package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.edges.EdgeModel;
import io.github.tcd4j.models.files.quantized.ScaledTensors;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where a network of edges is read from.
 *
 * @param network its file
 * @param resolution the shorter side, in pixels, at which it sees pictures
 */
public record EdgeSource(HintNetwork network, int resolution) implements HintSource {
  /** That at which the hints of published ControlNets were computed. */
  public static final int USUAL_RESOLUTION = 512;

  /** What sides are rounded to, as in the authors' programs. */
  private static final int MULTIPLE = 64;

  private static final int MOST = 8192;

  /**
   * Checks the range.
   *
   * @throws InvalidRequestException if a number is out of its range
   */
  public EdgeSource {
    if (resolution < MULTIPLE || resolution > MOST) {
      throw new InvalidRequestException(
          ("the resolution at which edges are found must be " + MULTIPLE + " to " + MOST)
              + (" pixels but was " + resolution));
    }
  }

  /**
   * Looks at a file; no weights are read.
   *
   * @throws InvalidRequestException if it is not that of such a network
   */
  public static EdgeSource of(HintNetwork network) {
    try (TensorFile file = ScaledTensors.open(Path.of(network.model().name()))) {
      EdgeModel.require(network.model().name(), file, kind(network));
    } catch (Tcd4jException e) {
      String message = String.valueOf(e.getMessage());
      boolean named = message.contains(network.model().name());
      throw new InvalidRequestException(
          named
              ? message
              : network.kind().what()
                  + " "
                  + network.model().name()
                  + " cannot be used: "
                  + message,
          e);
    }
    return new EdgeSource(network, USUAL_RESOLUTION);
  }

  private static EdgeModel.Kind kind(HintNetwork network) {
    return Objects.requireNonNull(network.kind().edges());
  }

  /** Which network it is. */
  public EdgeModel.Kind kind() {
    return kind(network);
  }

  /** The file of its weights. */
  public Path weights() {
    return Path.of(network.model().name());
  }

  /** The same with pictures seen at another size. */
  public EdgeSource withResolution(int other) {
    return new EdgeSource(network, other);
  }

  /** The size at which the network sees a picture. */
  public DepthPixels.Size size(Image picture) {
    double factor = resolution / (double) Math.min(picture.width(), picture.height());
    return new DepthPixels.Size(
        rounded(factor * picture.width()), rounded(factor * picture.height()));
  }

  /** Halves to even, as NumPy. */
  private static int rounded(double side) {
    return Math.max(1, (int) Math.rint(side / MULTIPLE)) * MULTIPLE;
  }

  @Override
  public void requireReads(Image picture) {
    DepthPixels.Size size = size(picture);
    if (Math.max(size.width(), size.height()) > MOST) {
      throw new InvalidRequestException(
          ("edges are found in pictures of at most " + MOST + " pixels a side but a picture of ")
              + (picture.width() + "x" + picture.height() + " is seen at ")
              + (size.width() + "x" + size.height()));
    }
  }
}
