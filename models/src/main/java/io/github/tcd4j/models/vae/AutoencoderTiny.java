package io.github.tcd4j.models.vae;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A small autoencoder without attention and normalisation, distilled from a large one: TAESD and
 * TAESDXL, with the keys of diffusers' {@code AutoencoderTiny}. It decodes many times faster and a
 * little less sharply. Its latents are a point, not a distribution: nothing is drawn when encoding.
 */
public final class AutoencoderTiny implements Autoencoder {
  private final AutoencoderTinyConfig config;
  private final List<UnaryOperator<Tensor>> encoder;
  private final List<UnaryOperator<Tensor>> decoder;

  private AutoencoderTiny(Weights w, AutoencoderTinyConfig config) {
    this.config = config;
    encoder = config.hasEncoder() ? encoder(w.at("encoder").at("layers"), config) : List.of();
    decoder = decoder(w.at("decoder").at("layers"), config);
  }

  public static AutoencoderTiny of(Weights w, AutoencoderTinyConfig config) {
    return new AutoencoderTiny(w, config);
  }

  /** A convolution, blocks, and so on: their numbers are the indices of one long list. */
  private static List<UnaryOperator<Tensor>> encoder(Weights w, AutoencoderTinyConfig config) {
    List<UnaryOperator<Tensor>> layers = new ArrayList<>();
    long channels = config.encoderChannels().get(0);
    for (int stage = 0; stage < config.encoderBlocks().size(); stage++) {
      Weights here = w.at(layers.size());
      Conv2d conv =
          stage == 0
              ? Conv2d.same3x3(here, config.inChannels(), channels)
              : withoutBias(here, channels, channels, 2);
      layers.add(h -> conv.forward(h, Adapters.NONE));
      addBlocks(layers, w, channels, config.encoderBlocks().get(stage));
    }
    Conv2d out = Conv2d.same3x3(w.at(layers.size()), channels, config.latentChannels());
    layers.add(h -> out.forward(h, Adapters.NONE));
    return layers;
  }

  private static List<UnaryOperator<Tensor>> decoder(Weights w, AutoencoderTinyConfig config) {
    List<UnaryOperator<Tensor>> layers = new ArrayList<>();
    long channels = config.decoderChannels().get(0);
    Conv2d in = Conv2d.same3x3(w.at(0), config.latentChannels(), channels);
    layers.add(h -> in.forward(h, Adapters.NONE));
    layers.add(Functional::relu);
    int stages = config.decoderBlocks().size();
    for (int stage = 0; stage < stages; stage++) {
      addBlocks(layers, w, channels, config.decoderBlocks().get(stage));
      boolean last = stage == stages - 1;
      if (!last) {
        layers.add(h -> Functional.upsampleNearest(h, 2 * h.size(2), 2 * h.size(3)));
      }
      Weights here = w.at(layers.size());
      Conv2d conv =
          last
              ? Conv2d.same3x3(here, channels, config.outChannels())
              : withoutBias(here, channels, channels, 1);
      layers.add(h -> conv.forward(h, Adapters.NONE));
    }
    return layers;
  }

  private static void addBlocks(
      List<UnaryOperator<Tensor>> layers, Weights w, long channels, int n) {
    for (int i = 0; i < n; i++) {
      layers.add(TinyBlock.of(w.at(layers.size()), channels)::forward);
    }
  }

  private static Conv2d withoutBias(Weights w, long in, long out, int stride) {
    Tensor weight = w.get("weight", Init.fan(in * 9), out, in, 3, 3);
    return new Conv2d(w.path(), weight, null, stride, 1, w.arithmetic());
  }

  @Override
  public AutoencoderTinyConfig config() {
    return config;
  }

  /** Its maps are small; it always works on the whole picture. */
  @Override
  public AutoencoderTiny tiled() {
    return this;
  }

  /**
   * The latents of pictures, before the scaling factor.
   *
   * @param pixels (B, 3, H, W) in [-1, 1]
   * @throws ConfigException if the file has no encoder
   */
  public Tensor encode(Tensor pixels) {
    if (!config.hasEncoder()) {
      throw new ConfigException(
          "this tiny autoencoder is a decoder only, which cannot encode a picture; put the encoder's"
              + " file next to it, or use a folder with both");
    }
    List<UnaryOperator<Tensor>> steps = new ArrayList<>(encoder);
    steps.add(0, x -> x.channelsLast().plus(1).div(2));
    return Scope.inTurn(pixels, steps).to(DType.F32);
  }

  @Override
  public Tensor decode(Tensor z) {
    List<UnaryOperator<Tensor>> steps = new ArrayList<>(decoder);
    // Latents far outside are pulled in: 3 tanh(z / 3).
    steps.add(0, x -> Functional.tanh(x.channelsLast().div(3)).times(3));
    steps.add(y -> y.to(DType.F32).times(2).minus(1));
    return Scope.inTurn(z, steps);
  }
}
