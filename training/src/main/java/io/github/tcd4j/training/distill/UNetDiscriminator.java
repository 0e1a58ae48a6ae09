package io.github.tcd4j.training.distill;

import io.github.tcd4j.diffusion.objective.Discriminator;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.GroupNorm;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A discriminator that sees latents through the encoder of a frozen diffusion U-Net at time 0: one
 * small head, two 1x1 convolutions, on each of {@link UNet2DConditionModel#features}. When the
 * student is judged the heads are frozen, so that its loss moves the student alone.
 */
final class UNetDiscriminator {
  private static final int WIDTH = 64;

  private final UNet2DConditionModel unet;
  private final Device device;
  private final Map<String, Tensor> parameters;
  private final List<Head> learning;
  private final List<Head> frozen;

  /** Fresh heads, which belong to the open scope, on a network that does not learn. */
  UNetDiscriminator(long seed, UNet2DConditionModel unet, Device device) {
    this.unet = unet;
    this.device = device;
    InitializedWeights fresh = new InitializedWeights(seed, device);
    learning = heads(Weights.of(fresh));
    parameters = fresh.parameters();
    Map<String, Tensor> still = new LinkedHashMap<>();
    parameters.forEach((name, t) -> still.put(name, t.detach()));
    frozen = heads(Weights.of(new Checkpoint("the judge", still.keySet(), still::get, false)));
  }

  private List<Head> heads(Weights w) {
    List<Head> heads = new ArrayList<>();
    for (int channels : unet.featureChannels()) {
      heads.add(
          Head.of(w.at("heads").at(heads.size()), channels, unet.config().normNumGroups(), device));
    }
    return heads;
  }

  /** The weights of the heads. */
  Map<String, Tensor> parameters() {
    return parameters;
  }

  /** The judge of latents with these conditions. */
  Discriminator with(Conditioning conditioning) {
    return new Discriminator() {
      @Override
      public List<Tensor> scores(Tensor x0) {
        return UNetDiscriminator.this.scores(x0, conditioning, learning);
      }

      @Override
      public Tensor loss(Tensor fake) {
        Discriminator still = x0 -> UNetDiscriminator.this.scores(x0, conditioning, frozen);
        return still.loss(fake);
      }
    };
  }

  private List<Tensor> scores(Tensor x0, Conditioning conditioning, List<Head> heads) {
    Tensor time = Tensor.of(new float[(int) x0.size(0)]).to(device);
    List<Tensor> features = unet.features(x0, time, conditioning, Adapters.NONE);
    List<Tensor> scores = new ArrayList<>();
    for (int i = 0; i < heads.size(); i++) {
      scores.add(heads.get(i).forward(features.get(i)));
    }
    return scores;
  }

  /**
   * One score for every place of a feature map, which is normalised first: features differ in size.
   */
  private record Head(GroupNorm norm, Conv2d first, Conv2d second) {
    static Head of(Weights w, long channels, int groups, Device device) {
      Tensor ones = Tensor.ones(DType.F32, channels).to(device);
      return new Head(
          new GroupNorm("norm", groups, ones, ones.zerosLike(), 1e-5),
          Conv2d.of(w.at("conv1"), channels, WIDTH, 1, 1, 0),
          Conv2d.of(w.at("conv2"), WIDTH, 1, 1, 1, 0));
    }

    Tensor forward(Tensor feature) {
      Tensor hidden = Functional.silu(first.forward(norm.forward(feature), Adapters.NONE));
      return second.forward(hidden, Adapters.NONE);
    }
  }
}
