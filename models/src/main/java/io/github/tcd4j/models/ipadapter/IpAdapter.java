package io.github.tcd4j.models.ipadapter;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** An IP-Adapter under the keys of its authors' files. */
public final class IpAdapter {
  /** Of all its norms. */
  static final double EPS = 1e-5;

  private final ImageProjection projection;
  private final List<Linear> keys = new ArrayList<>();
  private final List<Linear> values = new ArrayList<>();

  private IpAdapter(Weights w, IpAdapterShape shape, List<Integer> channels) {
    Weights proj = w.at("image_proj");
    int context = shape.context();
    projection =
        switch (shape.kind()) {
          case PLAIN -> PlainProjection.of(proj, shape.features(), context);
          case FULL -> FullProjection.of(proj, shape.features(), shape.inner(), context);
          case PLUS -> Resampler.of(proj, resampled(shape), shape.features(), context);
        };
    for (int i = 0; i < channels.size(); i++) {
      Weights layer = w.at("ip_adapter").at(IpAdapterShape.key(i));
      keys.add(Linear.withoutBias(layer.at("to_k_ip"), context, channels.get(i)));
      values.add(Linear.withoutBias(layer.at("to_v_ip"), context, channels.get(i)));
    }
  }

  private static IpAdapterShape.Resampled resampled(IpAdapterShape shape) {
    return Objects.requireNonNull(shape.resampled());
  }

  /**
   * @param channels of each cross-attention layer of the U-Net, in the order of its attention
   *     processors
   */
  public static IpAdapter of(Weights w, IpAdapterShape shape, List<Integer> channels) {
    return new IpAdapter(w, shape, channels);
  }

  /** Pictures (N) to tokens (N, T, C). */
  public Tensor tokens(ImageFeatures features) {
    return projection.forward(features);
  }

  /** Tokens (B, T, C) to keys (B, T, C') of cross-attention layer {@code layer}. */
  public Tensor keys(int layer, Tensor tokens) {
    return keys.get(layer).forward(tokens, Adapters.NONE);
  }

  /** The same to values. */
  public Tensor values(int layer, Tensor tokens) {
    return values.get(layer).forward(tokens, Adapters.NONE);
  }
}
