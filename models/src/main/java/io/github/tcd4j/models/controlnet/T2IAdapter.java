package io.github.tcd4j.models.controlnet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.AdditionalResiduals;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Features of a hint, one for each down block of a U-Net (diffusers' {@code T2IAdapter}). */
public final class T2IAdapter {
  /** x + block2(relu(block1(x))). */
  private record Resnet(Conv2d first, Conv2d second) {
    Tensor forward(Tensor x) {
      Tensor h = Functional.relu(first.forward(x, Adapters.NONE));
      return second.forward(h, Adapters.NONE).plus(x);
    }
  }

  private record Block(
      boolean halves, @Nullable Conv2d in, List<Resnet> resnets, @Nullable Conv2d out) {
    Tensor forward(Tensor x) {
      Tensor h = halves ? halved(x) : x;
      h = in == null ? h : in.forward(h, Adapters.NONE);
      for (Resnet resnet : resnets) {
        h = resnet.forward(h);
      }
      return out == null ? h : out.forward(h, Adapters.NONE);
    }
  }

  private final T2IAdapterConfig config;
  private final @Nullable Conv2d convIn;
  private final List<Block> body = new ArrayList<>();

  private T2IAdapter(Weights weights, T2IAdapterConfig c) {
    config = c;
    Weights w = weights.at("adapter");
    List<Integer> out = c.featureChannels();
    long pixels = (long) c.inChannels() * c.downscale() * c.downscale();
    boolean light = c.kind() == T2IAdapterConfig.Kind.LIGHT;
    convIn = light ? null : Conv2d.same3x3(w.at("conv_in"), pixels, out.get(0));
    for (int i = 0; i < out.size(); i++) {
      long from = i > 0 ? out.get(i - 1) : light ? pixels : out.get(0);
      body.add(light ? light(w, i, from, out.get(i)) : full(w, i, from, out.get(i)));
    }
  }

  private Block full(Weights w, int i, long from, long to) {
    Weights block = w.at("body").at(i);
    List<Resnet> resnets = new ArrayList<>();
    for (int j = 0; j < config.resBlocks(); j++) {
      Weights r = block.at("resnets").at(j);
      resnets.add(
          new Resnet(
              Conv2d.same3x3(r.at("block1"), to, to), Conv2d.of(r.at("block2"), to, to, 1, 1, 0)));
    }
    Conv2d in = from == to ? null : Conv2d.of(block.at("in_conv"), from, to, 1, 1, 0);
    return new Block(config.halves(i), in, resnets, null);
  }

  private Block light(Weights w, int i, long from, long to) {
    Weights block = w.at("body").at(i);
    long inner = to / 4;
    List<Resnet> resnets = new ArrayList<>();
    for (int j = 0; j < config.resBlocks(); j++) {
      Weights r = block.at("resnets").at(j);
      resnets.add(
          new Resnet(
              Conv2d.same3x3(r.at("block1"), inner, inner),
              Conv2d.same3x3(r.at("block2"), inner, inner)));
    }
    return new Block(
        config.halves(i),
        Conv2d.of(block.at("in_conv"), from, inner, 1, 1, 0),
        resnets,
        Conv2d.of(block.at("out_conv"), inner, to, 1, 1, 0));
  }

  public static T2IAdapter of(Weights w, T2IAdapterConfig config) {
    return new T2IAdapter(w, config);
  }

  public T2IAdapterConfig config() {
    return config;
  }

  /**
   * The features of a hint.
   *
   * @param hint (B, channels, H, W) in [0, 1]; H and W multiples of the downscaling
   * @param scale factor on all of them
   */
  public AdditionalResiduals forward(Tensor hint, double scale) {
    Tensor h = unshuffled(hint, config.downscale());
    if (convIn != null) {
      h = convIn.forward(h, Adapters.NONE);
    }
    List<Tensor> features = new ArrayList<>();
    for (Block block : body) {
      h = block.forward(h);
      features.add(h.times(scale));
    }
    return AdditionalResiduals.ofAdapter(features);
  }

  /**
   * Pixels to channels: channel c, row dy and column dx of a tile are channel (c r + dy) r + dx.
   */
  private static Tensor unshuffled(Tensor x, long r) {
    long b = x.size(0);
    long c = x.size(1);
    long h = x.size(2) / r;
    long w = x.size(3) / r;
    return x.reshape(b, c, h, r, w, r).permute(0, 1, 3, 5, 2, 4).reshape(b, c * r * r, h, w);
  }

  /** Means of 2 x 2 pixels, at an odd border of those that are there. */
  private static Tensor halved(Tensor x) {
    long right = x.size(3) % 2;
    long bottom = x.size(2) % 2;
    if (right + bottom == 0) {
      return meanOfFour(x);
    }
    Tensor there = x.narrow(0, 0, 1).narrow(1, 0, 1).times(0).plus(1);
    Tensor share = meanOfFour(Functional.pad(there, 0, 0, right, 0, bottom));
    return meanOfFour(Functional.pad(x, 0, 0, right, 0, bottom)).div(share);
  }

  private static Tensor meanOfFour(Tensor x) {
    return x.reshape(x.size(0), x.size(1), x.size(2) / 2, 2, x.size(3) / 2, 2).mean(false, 3, 5);
  }
}
