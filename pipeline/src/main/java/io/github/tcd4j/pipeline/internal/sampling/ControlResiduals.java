package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.models.controlnet.ControlNetModel;
import io.github.tcd4j.models.controlnet.ControlNetUnionModel;
import io.github.tcd4j.models.unet.AdditionalResiduals;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.PreparedConditioning;
import io.github.tcd4j.pipeline.adapter.ControlSource;
import io.github.tcd4j.pipeline.adapter.ResolvedAdapters;
import io.github.tcd4j.pipeline.internal.AdapterNetworks;
import io.github.tcd4j.pipeline.internal.ImageTensors;
import io.github.tcd4j.pipeline.internal.ResidualSource;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The ControlNets and T2I-Adapters of a batch, for the evaluations of one sampling in their order:
 * what they add is summed up. In guess mode they see the rows with the prompt alone, which come
 * first, and add zeros to the others. A T2I-Adapter's features are the same in all rows and all
 * evaluations. All hints of one ControlNet-union go through it at once.
 */
public final class ControlResiduals implements ResidualSource {
  /** A network bound to its hints. */
  private interface Bound {
    /** What it adds in evaluation i. */
    AdditionalResiduals at(int i, Tensor x, Tensor t);
  }

  private final List<Bound> controls = new ArrayList<>();
  private final AdapterNetworks networks;
  private final Device device;
  private final boolean guess;
  private final long rows;
  private final int evaluations;
  private int done;

  /**
   * Reads the networks. What is the same in all evaluations belongs to the scope that is open here.
   *
   * @param conditioning of the U-Net
   * @param prompts rows with the prompt, the first of the conditioning
   * @param evaluations of the U-Net in the sampling to come
   */
  public ControlResiduals(
      ResolvedAdapters adapters,
      AdapterNetworks networks,
      Conditioning conditioning,
      long prompts,
      int evaluations,
      Device device) {
    this.networks = networks;
    this.device = device;
    guess = adapters.guess();
    rows = guess ? prompts : conditioning.rows();
    this.evaluations = evaluations;
    Conditioning seen = conditioning.rows(0, rows);
    Set<ControlSource> unions = new HashSet<>();
    for (ResolvedAdapters.Control c : adapters.controls()) {
      if (c.source() instanceof ControlSource.OfUnion source) {
        if (unions.add(source)) {
          controls.add(bound(networks.control(source), adapters.sharing(source), seen));
        }
      } else if (c.source() instanceof ControlSource.OfControlNet source) {
        controls.add(bound(networks.control(source), c, seen));
      } else if (c.source() instanceof ControlSource.OfT2IAdapter source) {
        AdditionalResiduals features =
            networks.control(source).forward(hint(c), c.settings().weight());
        controls.add((i, x, t) -> weight(c, i) == 0 ? AdditionalResiduals.NONE : features);
      }
    }
  }

  private double weight(ResolvedAdapters.Control c, int i) {
    return c.settings().weight(i, evaluations);
  }

  private Tensor hint(ResolvedAdapters.Control c) {
    Tensor hint = ImageTensors.unit(networks.hint(c)).to(device);
    return c.source().grey() ? hint.narrow(1, 0, 1) : hint;
  }

  private Bound bound(ControlNetModel network, ResolvedAdapters.Control c, Conditioning seen) {
    Tensor features = network.embed(hint(c));
    PreparedConditioning text = network.prepare(seen);
    return (i, x, t) ->
        weight(c, i) == 0
            ? AdditionalResiduals.NONE
            : network
                .forward(own(x), own(t), text, features, weight(c, i), guess)
                .zeroPadded(x.size(0));
  }

  /**
   * Of several hints those that do not act have weight 0, as in diffusers: the network then adds
   * what it makes without them. One hint alone that does not act adds nothing.
   */
  private Bound bound(
      ControlNetUnionModel network, List<ResolvedAdapters.Control> hints, Conditioning seen) {
    List<Integer> kinds = hints.stream().map(c -> c.type().ordinal()).toList();
    List<Tensor> pictures = hints.stream().map(this::hint).toList();
    PreparedConditioning text = network.prepare(seen, kinds);
    Map<List<Double>, Tensor> features = new HashMap<>();
    for (int i = 0; i < evaluations; i++) {
      features.computeIfAbsent(weights(hints, i), w -> network.embed(pictures, kinds, w));
    }
    return (i, x, t) -> {
      List<Double> weights = weights(hints, i);
      Tensor own = features.get(weights);
      return own == null || weights.equals(List.of(0.0))
          ? AdditionalResiduals.NONE
          : network.forward(own(x), own(t), text, own, weights, guess).zeroPadded(x.size(0));
    };
  }

  private List<Double> weights(List<ResolvedAdapters.Control> hints, int i) {
    return hints.stream().map(c -> weight(c, i)).toList();
  }

  private Tensor own(Tensor t) {
    return t.narrow(0, 0, rows);
  }

  @Override
  public AdditionalResiduals at(Tensor x, Tensor t) {
    int i = Math.min(done++, evaluations - 1);
    AdditionalResiduals sum = AdditionalResiduals.NONE;
    for (Bound c : controls) {
      sum = sum.plus(c.at(i, x, t));
    }
    return sum;
  }
}
