package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.models.controlnet.ControlNetModel;
import io.github.tcd4j.models.unet.AdditionalResiduals;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.PreparedConditioning;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.ResolvedAdapters;
import io.github.tcd4j.pipeline.internal.AdapterNetworks;
import io.github.tcd4j.pipeline.internal.ImageTensors;
import io.github.tcd4j.pipeline.internal.ResidualSource;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The ControlNets of a batch, for the evaluations of one sampling in their order: what they add is
 * summed up. In guess mode they see the rows with the prompt alone, which come first, and add zeros
 * to the others.
 */
public final class ControlResiduals implements ResidualSource {
  /**
   * @param text the prompt's keys and values in the network
   * @param features of the hint, (1, C, h, w)
   */
  private record Bound(
      ControlSettings settings,
      ControlNetModel network,
      PreparedConditioning text,
      Tensor features) {}

  private final List<Bound> controls = new ArrayList<>();
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
    guess = adapters.guess();
    rows = guess ? prompts : conditioning.rows();
    this.evaluations = evaluations;
    Conditioning seen = conditioning.rows(0, rows);
    for (ResolvedAdapters.Control c : adapters.controls()) {
      ControlNetModel network = networks.control(c.source());
      Tensor features = network.embed(ImageTensors.unit(c.hint()).to(device));
      controls.add(new Bound(c.settings(), network, network.prepare(seen), features));
    }
  }

  @Override
  public AdditionalResiduals at(Tensor x, Tensor t) {
    int i = Math.min(done++, evaluations - 1);
    AdditionalResiduals sum = AdditionalResiduals.NONE;
    for (Bound c : controls) {
      if (c.settings.acts(i, evaluations) && c.settings.weight() != 0) {
        sum =
            sum.plus(
                c.network.forward(
                    x.narrow(0, 0, rows),
                    t.narrow(0, 0, rows),
                    c.text,
                    c.features,
                    c.settings.weight(),
                    guess));
      }
    }
    return sum.zeroPadded(x.size(0));
  }
}
