package io.github.tcd4j.pipeline.edges;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.PassOrder;
import io.github.tcd4j.images.resize.Resample;
import io.github.tcd4j.images.resize.Resizer;
import io.github.tcd4j.models.edges.EdgeModel;
import io.github.tcd4j.models.files.quantized.ScaledTensors;
import io.github.tcd4j.pipeline.adapter.DepthPixels;
import io.github.tcd4j.pipeline.adapter.EdgeSource;
import io.github.tcd4j.pipeline.adapter.HintNetwork;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.ArrayList;
import java.util.List;

/**
 * The edges of a picture at the size at which a network sees it.
 *
 * @param values in [0, 1], as the network gives them, rows from the top
 * @param kind 1 is an edge, or of a drawing the paper
 * @param safe whether values are cut to three
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not asked for.
public record EdgeMap(int width, int height, float[] values, EdgeModel.Kind kind, boolean safe) {
  private static final Resizer LANCZOS = new Resizer(Resample.LANCZOS, PassOrder.PILLOW_13);
  private static final Resizer BILINEAR = new Resizer(Resample.BILINEAR, PassOrder.PILLOW_13);

  /** The hint of each picture, at its size; the network is read once for them and freed. */
  public static List<Image> hints(EdgeSource source, List<Image> pictures, Device device) {
    List<Image> hints = new ArrayList<>();
    try (Scope scope = Scope.inference();
        TensorFile file = ScaledTensors.open(source.weights())) {
      EdgeModel model = EdgeModel.open(source.weights().toString(), file, source.kind(), device);
      for (Image picture : pictures) {
        source.requireReads(picture);
        try (Scope one = Scope.inference()) {
          hints.add(of(source, model, picture, device).toImage(picture.width(), picture.height()));
        }
      }
    } finally {
      Engine.giveBackMemory();
    }
    return hints;
  }

  /** The map of one picture. */
  static EdgeMap of(EdgeSource source, EdgeModel model, Image picture, Device device) {
    DepthPixels.Size size = source.size(picture);
    Image seen = resized(LANCZOS, picture, size.width(), size.height());
    byte[] rgb = seen.rgb();
    int area = size.width() * size.height();
    float[] pixels = new float[3 * area];
    for (int i = 0; i < rgb.length; i++) {
      pixels[i % 3 * area + i / 3] = rgb[i] & 255;
    }
    Tensor x = Tensor.of(pixels, 1, 3, size.height(), size.width()).to(device);
    float[] map = model.forward(x).to(Device.CPU).toFloatArray();
    boolean safe = source.network().kind() == HintNetwork.Kind.SOFT_EDGE_SAFE;
    return new EdgeMap(size.width(), size.height(), map, source.kind(), safe);
  }

  /**
   * A hint of that size: edges white on black, three equal channels, levels cut off as the authors'
   * programs do.
   */
  public Image toImage(int wantedWidth, int wantedHeight) {
    byte[] rgb = new byte[3 * values.length];
    for (int i = 0; i < values.length; i++) {
      byte b = level(values[i]);
      rgb[3 * i] = b;
      rgb[3 * i + 1] = b;
      rgb[3 * i + 2] = b;
    }
    return resized(BILINEAR, new Image(width, height, rgb), wantedWidth, wantedHeight);
  }

  private byte level(float value) {
    // Of 0, 1/2, 1 and more, the latter only where a value is 1 exactly.
    double shade = safe ? (int) (value * 3) / 2.0 : value;
    int level = (int) Math.min(255, Math.max(0, shade * 255));
    return (byte) (kind == EdgeModel.Kind.LINES ? 255 - level : level);
  }

  private static Image resized(Resizer resizer, Image image, int width, int height) {
    boolean same = image.width() == width && image.height() == height;
    return same ? image : resizer.resize(image, width, height);
  }
}
