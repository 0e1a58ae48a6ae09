package io.github.tcd4j.pipeline.depth;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.depth.DepthModel;
import io.github.tcd4j.models.files.quantized.ScaledTensors;
import io.github.tcd4j.pipeline.adapter.DepthPixels;
import io.github.tcd4j.pipeline.adapter.DepthSource;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The depth of a picture, as transformers' {@code post_process_depth_estimation} gives it at the
 * picture's size.
 *
 * @param depth rows from the top
 * @param distance whether greater is farther, as of metric models; else greater is nearer
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not asked for.
public record DepthMap(int width, int height, float[] depth, boolean distance) {
  /** The depth of a picture; the network is read for it and freed. */
  public static DepthMap of(DepthSource source, Image picture, Device device) {
    return of(source, List.of(picture), device).get(0);
  }

  /** The depth of each picture alone; the network is read once for them and freed. */
  public static List<DepthMap> of(DepthSource source, List<Image> pictures, Device device) {
    List<DepthMap> maps = new ArrayList<>();
    try (Scope scope = Scope.inference();
        TensorFile file = ScaledTensors.open(source.weights())) {
      DepthModel model =
          DepthModel.open(source.weights().toString(), file, source.config(), device);
      for (Image picture : pictures) {
        try (Scope one = Scope.inference()) {
          maps.add(of(source, model, picture, device));
        }
      }
    } finally {
      Engine.giveBackMemory();
    }
    return maps;
  }

  private static DepthMap of(DepthSource source, DepthModel model, Image picture, Device device) {
    int width = picture.width();
    int height = picture.height();
    DepthPixels.Size size = source.size(picture);
    float[] seen = source.pixels().of(picture, size);
    Tensor pixels = Tensor.of(seen, 1, 3, size.height(), size.width()).to(device);
    Tensor map = model.forward(pixels).unsqueeze(1);
    float[] depth = Functional.upsampleBicubic(map, height, width).to(Device.CPU).toFloatArray();
    return new DepthMap(width, height, depth, source.config().metric());
  }

  /**
   * A hint: near is white, three equal channels, the nearest 255 and the farthest 0, levels cut off
   * as in transformers' depth-estimation pipeline. Distances are turned round.
   */
  public Image toImage() {
    float least = Float.POSITIVE_INFINITY;
    float most = Float.NEGATIVE_INFINITY;
    for (float d : depth) {
      least = Math.min(least, d);
      most = Math.max(most, d);
    }
    float range = most - least;
    byte[] rgb = new byte[3 * depth.length];
    for (int i = 0; i < depth.length; i++) {
      float level = distance ? most - depth[i] : depth[i] - least;
      byte b = range > 0 ? (byte) (int) (level / range * 255) : 0;
      rgb[3 * i] = b;
      rgb[3 * i + 1] = b;
      rgb[3 * i + 2] = b;
    }
    return new Image(width, height, rgb);
  }

  /** Writes the numbers as one safetensors file: key depth, float32, (H, W). */
  public void write(Path file) {
    try (Scope scope = Scope.inference()) {
      SafeTensorsWriter.write(file, Map.of("depth", Tensor.of(depth, height, width)), Map.of());
    }
  }
}
