package io.github.tcd4j.models.icnet;

import static io.github.tcd4j.models.icnet.ResidualBlock.EPS;
import static io.github.tcd4j.models.icnet.ResidualBlock.stage;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.ConvNorm2d;
import io.github.tcd4j.models.layers.ConvNorm2d.Shape;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.NetworkFile;
import io.github.tcd4j.models.layers.Weights;
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
 * ICNet of IC9600: how complex a picture is, from 0 to 1, and where. Two ResNet-18 look at the
 * picture at 512 and, deeper, at 256 pixels.
 *
 * <p>Expects pictures (B, 3, 512, 512): RGB, both sides to 512 by Pillow's bilinear filter whatever
 * their ratio, / 255, ImageNet's mean (0.485, 0.456, 0.406) and standard deviation (0.229, 0.224,
 * 0.225).
 */
public final class IcNet {
  /** Side of the pictures in pixels. */
  public static final int SIDE = 512;

  private static final int HALF = 256;
  private static final int MAP = 64;
  private static final int WIDTH = 512;

  /** The first five layers of a ResNet-18. */
  private record Stem(ConvNorm2d conv, List<ResidualBlock> blocks) {
    static Stem of(Weights w) {
      Shape shape = Shape.square(3, 64, 7, 2, 3);
      return new Stem(ConvNorm2d.of(w.at(0), w.at(1), EPS, shape), stage(w.at(4), 64, 64, 1));
    }
  }

  private final List<UnaryOperator<Tensor>> detail = new ArrayList<>();
  private final List<UnaryOperator<Tensor>> context = new ArrayList<>();
  private final ConvNorm2d up1;
  private final ConvNorm2d up2;
  private final ConvNorm2d mapConv;
  private final ChannelAttention mapAttention;
  private final Conv2d map;
  private final ConvNorm2d scoreConv;
  private final ChannelAttention scoreAttention;
  private final Linear head1;
  private final Linear head2;

  private IcNet(Weights w) {
    add(detail, Stem.of(w.at("b1_1")));
    detail.add(ChannelAttention.of(w.at("b1_1_slam"), 32)::forward);
    add(detail, stage(w.at("b1_2"), 64, 128, 2));
    detail.add(ChannelAttention.of(w.at("b1_2_slam"), 32)::forward);
    add(context, Stem.of(w.at("b2_1")));
    context.add(ChannelAttention.of(w.at("b2_1_slam"), 32)::forward);
    add(context, stage(w.at("b2_2"), 64, 128, 2));
    context.add(ChannelAttention.of(w.at("b2_2_slam"), 32)::forward);
    add(context, stage(w.at("b2_3"), 128, 256, 2));
    context.add(ChannelAttention.of(w.at("b2_3_slam"), 16)::forward);
    add(context, stage(w.at("b2_4"), 256, 512, 2));
    context.add(ChannelAttention.of(w.at("b2_4_slam"), 8)::forward);
    up1 = unit(w.at("up1"), Shape.square(128, 256, 1, 1, 0).linear());
    up2 = unit(w.at("up2"), Shape.square(512, 256, 1, 1, 0).linear());
    mapConv = unit(w.at("to_map_f"), Shape.square(WIDTH, WIDTH, 3, 1, 1));
    mapAttention = ChannelAttention.of(w.at("to_map_f_slam"), 32);
    map = Conv2d.of(w.at("to_map").at("to_map").at(0), WIDTH, 1, 1, 1, 0);
    scoreConv = unit(w.at("to_score_f"), Shape.square(WIDTH, WIDTH, 3, 1, 1));
    scoreAttention = ChannelAttention.of(w.at("to_score_f_slam"), 32);
    head1 = Linear.of(w.at("head").at(0), WIDTH, WIDTH);
    head2 = Linear.of(w.at("head").at(2), WIDTH, 1);
  }

  private static ConvNorm2d unit(Weights w, Shape shape) {
    return ConvNorm2d.of(w.at("conv"), w.at("bn"), EPS, shape);
  }

  private static void add(List<UnaryOperator<Tensor>> steps, Stem stem) {
    steps.add(x -> Functional.maxPool2d(stem.conv().forward(x), 3, 2, 1));
    add(steps, stem.blocks());
  }

  private static void add(List<UnaryOperator<Tensor>> steps, List<ResidualBlock> blocks) {
    blocks.forEach(block -> steps.add(block::forward));
  }

  /** Of weights under the names of {@code ck.pth}. */
  public static IcNet of(Weights w) {
    return new IcNet(w);
  }

  /**
   * Reads {@code ck.pth}; the parameters belong to the scope that is open.
   *
   * @throws io.github.tcd4j.models.layers.WeightsException if it holds another network
   * @throws io.github.tcd4j.tensor.file.TensorFileException if it cannot be read
   */
  public static IcNet open(Path file, Device device) {
    try (TensorFile tensors = TensorFile.open(file)) {
      return NetworkFile.build(file.toString(), "ICNet of IC9600", tensors, device, IcNet::of);
    }
  }

  /**
   * What the network says of pictures.
   *
   * @param scores (B), from 0 to 1
   * @param maps (B, 1, 64, 64), from 0 to 1: where they are complex
   */
  public record Output(Tensor scores, Tensor maps) {}

  /**
   * Scores and maps.
   *
   * @param pixels (B, 3, 512, 512), normalised as above
   */
  public Output forward(Tensor pixels) {
    try (Scope scope = Scope.inference()) {
      Tensor features = features(pixels);
      Tensor located = mapAttention.forward(mapConv.forward(features));
      Tensor maps = map.forward(located, Adapters.NONE).sigmoid();
      return new Output(scope.keep(score(features)), scope.keep(maps));
    }
  }

  /** The scores (B) alone, which is less work. */
  public Tensor scores(Tensor pixels) {
    try (Scope scope = Scope.inference()) {
      return scope.keep(score(features(pixels)));
    }
  }

  private Tensor score(Tensor features) {
    Tensor attended = scoreAttention.forward(scoreConv.forward(features));
    Tensor inner = Functional.relu(head1.forward(attended.mean(false, 2, 3), Adapters.NONE));
    return head2.forward(inner, Adapters.NONE).sigmoid().reshape(-1);
  }

  private Tensor features(Tensor pixels) {
    if (pixels.dim() != 4 || pixels.size(2) != SIDE || pixels.size(3) != SIDE) {
      throw new TensorException("ICNet reads (B, 3, 512, 512) but got " + pixels);
    }
    Tensor full = pixels.channelsLast();
    Tensor small = Functional.upsampleBilinear(full, HALF, HALF, true);
    return Tensor.cat(
        1,
        upsampled(up1, Scope.inTurn(full, detail)),
        upsampled(up2, Scope.inTurn(small, context)));
  }

  /**
   * The authors resize and then convolve 1x1. Both are linear, so that the order does not matter,
   * and the weights of a resize sum to 1, so that the bias does not: this one has less to do.
   */
  private static Tensor upsampled(ConvNorm2d unit, Tensor x) {
    Tensor y = unit.forward(x);
    return Functional.relu(y.size(2) == MAP ? y : Functional.upsampleBilinear(y, MAP, MAP, true));
  }
}
