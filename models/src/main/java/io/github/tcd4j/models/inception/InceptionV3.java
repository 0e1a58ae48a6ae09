package io.github.tcd4j.models.inception;

import static io.github.tcd4j.models.inception.InceptionBlock.unit;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.ConvNorm2d;
import io.github.tcd4j.models.layers.ConvNorm2d.Shape;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.NetworkFile;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.layers.WeightsException;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorException;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The Inception v3 of 2015-12-05, whose 2048 pooled features FID compares; {@code InceptionV3} in
 * pytorch-fid, {@code FeatureExtractorInceptionV3} in torch-fidelity. Differs from torchvision's in
 * its pools, which do not count what lies outside of the picture, in the maximum of {@code
 * Mixed_7c}, and in its 1008 classes.
 *
 * <p>Expects pictures (B, 3, 299, 299), float32, RGB, from -1 to 1. How they are resized, and
 * whether the range is made by {@code x / 127.5 - 1} or by {@code (x - 128) / 128} of bytes, is
 * what the tools differ in and belongs to the caller.
 *
 * <pre>{@code
 * try (Scope scope = Scope.inference()) {
 *   InceptionV3 network = InceptionV3.open(weights, Device.CPU);
 *   float[] features = network.features(pictures).toFloatArray();   // (B, 2048)
 * }
 * }</pre>
 */
public final class InceptionV3 {
  /** Side of the pictures in pixels. */
  public static final int SIDE = 299;

  /** Length of {@link #features}. */
  public static final int FEATURES = 2048;

  /** Number of classes, of which ImageNet's 1,000 are some. */
  public static final int CLASSES = 1008;

  /** Smallest side that leaves a pixel for the last pool. */
  private static final int SMALLEST = 75;

  /** Channels of {@code Mixed_6d.branch1x1} that sFID compares. */
  private static final int SPATIAL_CHANNELS = 7;

  private final List<ConvNorm2d> first;
  private final List<ConvNorm2d> second;
  private final List<InceptionBlock> early;
  private final ConvNorm2d spatial;
  private final List<InceptionBlock> middle;
  private final List<InceptionBlock> late;
  private final Linear classes;

  private InceptionV3(Weights w) {
    first =
        List.of(
            unit(w.at("Conv2d_1a_3x3"), Shape.square(3, 32, 3, 2, 0)),
            unit(w.at("Conv2d_2a_3x3"), Shape.square(32, 32, 3, 1, 0)),
            unit(w.at("Conv2d_2b_3x3"), Shape.square(32, 64, 3, 1, 1)));
    second =
        List.of(
            unit(w.at("Conv2d_3b_1x1"), Shape.square(64, 80, 1, 1, 0)),
            unit(w.at("Conv2d_4a_3x3"), Shape.square(80, 192, 3, 1, 0)));
    early =
        List.of(
            InceptionA.of(w.at("Mixed_5b"), 192, 32),
            InceptionA.of(w.at("Mixed_5c"), 256, 64),
            InceptionA.of(w.at("Mixed_5d"), 288, 64),
            InceptionB.of(w.at("Mixed_6a"), 288),
            InceptionC.of(w.at("Mixed_6b"), 128),
            InceptionC.of(w.at("Mixed_6c"), 160));
    InceptionC sixD = InceptionC.of(w.at("Mixed_6d"), 160);
    spatial = sixD.branch1x1();
    middle = List.of(sixD, InceptionC.of(w.at("Mixed_6e"), 192));
    late =
        List.of(
            InceptionD.of(w.at("Mixed_7a"), 768),
            InceptionE.of(w.at("Mixed_7b"), 1280, false),
            InceptionE.of(w.at("Mixed_7c"), 2048, true));
    classes = Linear.of(w.at("fc"), FEATURES, CLASSES);
  }

  /** Of weights under pytorch-fid's names, such as {@code Mixed_5b.branch1x1.conv.weight}. */
  public static InceptionV3 of(Weights w) {
    return new InceptionV3(w);
  }

  /**
   * Reads {@code pt_inception-2015-12-05-6726825d.pth}, NVIDIA's {@code inception-2015-12-05.pt},
   * or either as safetensors, by what the file holds. The parameters belong to the scope that is
   * open.
   *
   * @throws WeightsException if it holds another network
   * @throws io.github.tcd4j.tensor.file.TensorFileException if it cannot be read
   */
  public static InceptionV3 open(Path file, Device device) {
    try (TensorFile tensors = InceptionKeys.named(TensorFile.open(file))) {
      return NetworkFile.build(
          file.toString(), "the Inception network of FID", tensors, device, InceptionV3::of);
    }
  }

  /**
   * What measures take from the network.
   *
   * @param pool64 (B, 64), mean over the first pooled map
   * @param pool192 (B, 192), mean over the second
   * @param spatial (B, 2023), the first 7 channels of a convolution at 17x17, in the order row,
   *     column, channel: what sFID compares, as in the files of ADM's evaluator
   * @param pool768 (B, 768), mean over {@code Mixed_6e}
   * @param pool2048 (B, 2048), mean over the last map: FID, KID, precision and recall
   */
  public record Output(
      Tensor pool64, Tensor pool192, Tensor spatial, Tensor pool768, Tensor pool2048) {}

  /**
   * All of them in one pass.
   *
   * @param pixels (B, 3, 299, 299), from -1 to 1
   */
  public Output forward(Tensor pixels) {
    if (pixels.dim() != 4 || pixels.size(1) != 3 || smallest(pixels) < SMALLEST) {
      throw new TensorException(
          "Inception reads (B, 3, 299, 299), sides of at least 75, but got " + pixels);
    }
    List<Tensor> kept = new ArrayList<>();
    try (Scope scope = Scope.inference()) {
      Tensor one = InceptionBlock.halved(units(pixels.channelsLast(), first));
      kept.add(scope.keep(mean(one)));
      Tensor two = InceptionBlock.halved(units(one, second));
      kept.add(scope.keep(mean(two)));
      Tensor three = blocks(two, early);
      kept.add(scope.keep(spatial(three)));
      Tensor four = blocks(three, middle);
      kept.add(scope.keep(mean(four)));
      kept.add(scope.keep(mean(blocks(four, late))));
    }
    return new Output(kept.get(0), kept.get(1), kept.get(2), kept.get(3), kept.get(4));
  }

  /** The 2048 features (B, 2048) of pixels (B, 3, 299, 299) from -1 to 1, all at least 0. */
  public Tensor features(Tensor pixels) {
    try (Scope scope = Scope.inference()) {
      return scope.keep(forward(pixels).pool2048());
    }
  }

  /**
   * Features (B, 2048) to logits (B, 1008) without the bias, as the Inception score of Salimans et
   * al. 2016 and of torch-fidelity has them: its softmax is the distribution that it needs.
   */
  public Tensor logits(Tensor features) {
    return Functional.linear(features, classes.weight(), null);
  }

  /** The logits of the classifier, bias included. */
  public Tensor logitsWithBias(Tensor features) {
    return classes.forward(features, Adapters.NONE);
  }

  private static long smallest(Tensor pixels) {
    return Math.min(pixels.size(2), pixels.size(3));
  }

  private static Tensor units(Tensor x, List<ConvNorm2d> units) {
    return Scope.result(() -> InceptionBlock.chain(x, units.toArray(ConvNorm2d[]::new)));
  }

  private static Tensor blocks(Tensor x, List<InceptionBlock> blocks) {
    List<UnaryOperator<Tensor>> steps = new ArrayList<>();
    blocks.forEach(block -> steps.add(block::forward));
    return Scope.inTurn(x, steps);
  }

  private Tensor spatial(Tensor map) {
    Tensor some = spatial.forward(map).narrow(1, 0, SPATIAL_CHANNELS);
    return some.permute(0, 2, 3, 1).reshape(map.size(0), -1);
  }

  private static Tensor mean(Tensor map) {
    return map.mean(false, 2, 3);
  }
}
