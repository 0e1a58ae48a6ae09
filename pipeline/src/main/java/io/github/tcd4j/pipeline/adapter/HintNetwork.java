package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.edges.EdgeModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A network that computes a hint from a picture.
 *
 * @param kind what it computes
 * @param model its file or folder
 */
public record HintNetwork(Kind kind, AdapterModel model) {
  /** What is computed. */
  public enum Kind {
    /** Near is white. */
    DEPTH("depth", DepthSource.WHAT, null, List.of(), ControlType.DEPTH),
    /** Edges with all their shades. */
    SOFT_EDGE(
        "softedge",
        "soft edge network",
        EdgeModel.Kind.SOFT,
        List.of("ControlNetHED.pth", "ControlNetHED.safetensors"),
        ControlType.SOFTEDGE),
    /** The same in three shades, which hide what a picture's fine shades could betray. */
    SOFT_EDGE_SAFE(
        "softedge-safe",
        SOFT_EDGE.what,
        EdgeModel.Kind.SOFT,
        SOFT_EDGE.files,
        ControlType.SOFTEDGE),
    /** A drawing, white on black. */
    LINE_ART(
        "lineart",
        "line art network",
        EdgeModel.Kind.LINES,
        List.of("sk_model.pth", "sk_model.safetensors"),
        ControlType.CANNY);

    private final String key;
    private final String what;
    private final EdgeModel.@Nullable Kind edges;
    private final List<String> files;
    private final ControlType type;

    Kind(
        String key,
        String what,
        EdgeModel.@Nullable Kind edges,
        List<String> files,
        ControlType type) {
      this.key = key;
      this.what = what;
      this.edges = edges;
      this.files = files;
      this.type = type;
    }

    /** Its name in requests. */
    public String key() {
      return key;
    }

    /** What messages call the network. */
    public String what() {
      return what;
    }

    /** Which network of edges it is; null for depth. */
    public EdgeModel.@Nullable Kind edges() {
      return edges;
    }

    /** What a ControlNet-union is told that the hint shows. */
    ControlType type() {
      return type;
    }

    /** Of a name; null if there is none. */
    public static @Nullable Kind of(String key) {
      return Stream.of(values()).filter(k -> k.key.equals(key)).findFirst().orElse(null);
    }
  }

  /**
   * The network as it is now.
   *
   * @param path of its file; of depth its folder, of edges also the folder with its file under the
   *     authors' name
   * @throws InvalidRequestException if there is none
   */
  public static HintNetwork of(Kind kind, Path path) {
    Path file = path;
    if (kind.edges != null && Files.isDirectory(path)) {
      file =
          kind.files.stream()
              .map(path::resolve)
              .filter(Files::isRegularFile)
              .findFirst()
              .orElseThrow(
                  () ->
                      new InvalidRequestException(
                          kind.what
                              + " "
                              + path
                              + " must be a file, or a folder with "
                              + kind.files.stream().collect(Collectors.joining(" or "))));
    }
    return new HintNetwork(kind, AdapterModel.of(kind.what, file));
  }

  /** Where it is read from; no weights are read. */
  HintSource source() {
    return kind.edges == null ? DepthSource.of(model) : EdgeSource.of(this);
  }

  HintNetwork current() {
    return new HintNetwork(kind, model.current(kind.what));
  }

  /** The same network at another place. */
  public HintNetwork at(Path place) {
    return new HintNetwork(kind, model.at(place));
  }
}
