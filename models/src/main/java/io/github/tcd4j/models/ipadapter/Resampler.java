package io.github.tcd4j.models.ipadapter;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Attention;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Learnt queries that attend to a picture's hidden states and to each other (diffusers' {@code
 * IPAdapterPlusImageProjection}; the perceiver of Alayrac et al. 2022). In every layer
 *
 * <pre>
 * q = norm2(latents);  kv = [norm1(x), q]
 * latents += to_out(attention(q, kv));  latents += ff(latents)
 * </pre>
 *
 * with x the projected picture in each of them.
 */
record Resampler(Tensor latents, Linear in, List<Layer> layers, Linear out, LayerNorm norm)
    implements ImageProjection {
  /** Channels of an attention head in all published files. */
  private static final int HEAD = 64;

  /** Attention, then two linear layers with GELU between them; none has a bias. */
  private record Layer(
      LayerNorm ofImage,
      LayerNorm ofLatents,
      Linear q,
      Linear kv,
      Linear out,
      LayerNorm norm,
      Linear up,
      Linear down,
      int heads) {
    static Layer of(Weights w, long channels, long inner) {
      Weights attention = w.at(0);
      Weights feed = w.at(1);
      return new Layer(
          LayerNorm.of(attention.at("norm1"), channels, IpAdapter.EPS),
          LayerNorm.of(attention.at("norm2"), channels, IpAdapter.EPS),
          Linear.withoutBias(attention.at("to_q"), channels, inner),
          Linear.withoutBias(attention.at("to_kv"), channels, 2 * inner),
          Linear.withoutBias(attention.at("to_out"), inner, channels),
          LayerNorm.of(feed.at(0), channels, IpAdapter.EPS),
          Linear.withoutBias(feed.at(1), channels, 4 * channels),
          Linear.withoutBias(feed.at(3), 4 * channels, channels),
          Math.toIntExact(inner / HEAD));
    }

    Tensor forward(Tensor x, Tensor latents) {
      Tensor query = ofLatents.forward(latents);
      Tensor[] kv =
          this.kv.forward(Tensor.cat(1, ofImage.forward(x), query), Adapters.NONE).chunk(2, -1);
      Tensor mixed =
          Attention.multiHead(q.forward(query, Adapters.NONE), kv[0], kv[1], heads, false);
      Tensor h = latents.plus(out.forward(mixed, Adapters.NONE));
      Tensor inner = Functional.gelu(up.forward(norm.forward(h), Adapters.NONE));
      return h.plus(down.forward(inner, Adapters.NONE));
    }
  }

  static Resampler of(Weights w, IpAdapterShape.Resampled shape, int features, int context) {
    long channels = shape.channels();
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      layers.add(Layer.of(w.at("layers").at(i), channels, shape.inner()));
    }
    Init start = Init.normal(Math.pow(channels, -0.5));
    return new Resampler(
        w.get("latents", start, 1, shape.queries(), channels),
        Linear.of(w.at("proj_in"), features, channels),
        layers,
        Linear.of(w.at("proj_out"), channels, context),
        LayerNorm.of(w.at("norm_out"), context, IpAdapter.EPS));
  }

  @Override
  public Tensor forward(ImageFeatures features) {
    Tensor x = in.forward(features.hidden(), Adapters.NONE);
    Tensor h = latents.to(x.dtype()).expand(x.size(0), latents.size(1), latents.size(2));
    for (Layer layer : layers) {
      h = layer.forward(x, h);
    }
    return norm.forward(out.forward(h, Adapters.NONE));
  }
}
