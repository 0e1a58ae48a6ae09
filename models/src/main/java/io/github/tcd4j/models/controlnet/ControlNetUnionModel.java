package io.github.tcd4j.models.controlnet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.AdditionalResiduals;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.ControlTypeEmbedding;
import io.github.tcd4j.models.unet.PreparedConditioning;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * One ControlNet of SDXL for several kinds of hints, several at once (diffusers' {@code
 * ControlNetUnionModel}).
 *
 * <pre>
 * token_k = mean(embed(hint_k)) + task_k;  a_k = projection(layers(token)_k)
 * h = encoder(conv_in(x) + sum_k (embed(hint_k) + a_k)), the kinds added to the time's embedding
 * </pre>
 *
 * Of one hint the weight is a factor on the residuals; of several each weight is one on its token,
 * its features and its a_k, and the residuals have none. What latents add to the tokens in
 * diffusers reaches no a_k, and is left out.
 */
public final class ControlNetUnionModel {
  private final ControlNetUnionConfig config;
  private final ControlNetModel network;
  private final Tensor tasks;
  private final List<HintAttention> layers = new ArrayList<>();
  private final Linear projection;
  private final ControlTypeEmbedding types;

  private ControlNetUnionModel(Weights w, ControlNetUnionConfig config) {
    this.config = config;
    network = ControlNetModel.of(w, config.network());
    int channels = config.network().encoder().blockOutChannels().get(0);
    tasks = w.get("task_embedding", Init.normal(Math.sqrt(channels)), config.types(), channels);
    for (int i = 0; i < config.layers(); i++) {
      // Spelt so in every checkpoint.
      layers.add(HintAttention.of(w.at("transformer_layes").at(i), channels, config.heads()));
    }
    Linear zero = Linear.zeroInit(w.at("spatial_ch_projs"), channels, channels);
    projection = new Linear(zero.path(), zero.weight(), zero.bias(), w.arithmetic());
    types =
        ControlTypeEmbedding.of(
            w.at("control_add_embedding"), config.network().encoder(), config.types());
  }

  public static ControlNetUnionModel of(Weights w, ControlNetUnionConfig config) {
    return new ControlNetUnionModel(w, config);
  }

  public ControlNetUnionConfig config() {
    return config;
  }

  /**
   * Hints as features, which are the same at every step.
   *
   * @param hints (B, channels, H, W) each, red, green, blue in [0, 1]
   * @param kinds of each hint, from 0
   * @param weights of each; have no effect here where there is one hint
   * @return (B, C0, h, w), to be added to the first convolution's output
   */
  public Tensor embed(List<Tensor> hints, List<Integer> kinds, List<Double> weights) {
    List<Tensor> features = new ArrayList<>();
    Tensor[] tokens = new Tensor[hints.size()];
    for (int k = 0; k < tokens.length; k++) {
      double weight = tokens.length == 1 ? 1 : weights.get(k);
      Tensor feature = network.embed(hints.get(k));
      Tensor mean = feature.to(DType.F32).mean(false, 2, 3);
      Tensor token = mean.plus(tasks.select(0, kinds.get(k)).to(DType.F32));
      tokens[k] = token.times(weight).unsqueeze(1);
      features.add(feature.times(weight));
    }
    Tensor x = Tensor.cat(1, tokens);
    for (HintAttention layer : layers) {
      x = layer.forward(x);
    }
    Tensor sum = null;
    for (int k = 0; k < tokens.length; k++) {
      double weight = tokens.length == 1 ? 1 : weights.get(k);
      Tensor alpha = projection.forward(x.select(1, k), Adapters.NONE).times(weight);
      Tensor own =
          features.get(k).plus(alpha.unsqueeze(2).unsqueeze(3).to(features.get(k).dtype()));
      sum = sum == null ? own : sum.plus(own);
    }
    if (sum == null) {
      throw new IllegalArgumentException("a ControlNet-union needs at least one hint");
    }
    return sum;
  }

  /**
   * What is the same at every step: the text's keys and values, and which kinds are given.
   *
   * @param kinds of the hints, from 0
   */
  public PreparedConditioning prepare(Conditioning c, List<Integer> kinds) {
    float[] flags = new float[config.types()];
    kinds.forEach(k -> flags[k] = 1);
    Tensor row = types.forward(Tensor.of(flags, 1, flags.length).to(tasks.device()));
    return network.prepare(c).plusTimeShift(row.expand(c.rows(), row.size(1)));
  }

  /**
   * The residuals for noisy latents; as {@link ControlNetModel#forward}.
   *
   * @param c of {@link #prepare}
   * @param features of {@link #embed}
   * @param weights of the hints, of which one alone is a factor on all residuals
   */
  public AdditionalResiduals forward(
      Tensor x,
      Tensor t,
      PreparedConditioning c,
      Tensor features,
      List<Double> weights,
      boolean guess) {
    double scale = weights.size() == 1 ? weights.get(0) : 1;
    return network.forward(x, t, c, features, scale, guess);
  }
}
