package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.models.controlnet.ControlNetModel;
import io.github.tcd4j.models.unet.AdditionalResiduals;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.InsertedLayers;
import io.github.tcd4j.models.unet.PreparedConditioning;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.ControlSource;
import io.github.tcd4j.pipeline.adapter.ResolvedAdapters;
import io.github.tcd4j.pipeline.internal.AdapterNetworks;
import io.github.tcd4j.pipeline.internal.ImageTensors;
import io.github.tcd4j.pipeline.internal.ResidualSource;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The ControlNets and T2I-Adapters of a batch, for the evaluations of one sampling in their order:
 * what they add is summed up. In guess mode they see the rows with the prompt alone, which come
 * first, and add zeros to the others. A T2I-Adapter's features are the same in all rows and all
 * evaluations.
 */
public final class ControlResiduals implements ResidualSource {
  /** A network bound to its hint, and the evaluations in which it acts. */
  private record Bound(ControlSettings settings, ResidualSource network) {}

  private final List<Bound> controls = new ArrayList<>();
  private final boolean guess;
  private final long rows;
  private final FrameRange frames;
  private final int evaluations;
  private int done;

  /**
   * Reads the networks. What is the same in all evaluations belongs to the scope that is open here.
   *
   * @param conditioning of the U-Net
   * @param prompts rows with the prompt, the first of the conditioning
   * @param frames of an animation that go through the U-Net together, {@link FrameRange#PICTURE}
   *     for pictures
   * @param evaluations of the U-Net in the sampling to come
   */
  public ControlResiduals(
      ResolvedAdapters adapters,
      AdapterNetworks networks,
      Conditioning conditioning,
      long prompts,
      FrameRange frames,
      int evaluations,
      Device device) {
    guess = adapters.guess();
    rows = guess ? prompts : conditioning.rows();
    this.frames = frames;
    this.evaluations = evaluations;
    Conditioning seen = conditioning.rows(0, rows);
    for (ResolvedAdapters.Control c : adapters.controls()) {
      Tensor hint = ImageTensors.unit(frames.of(c.hints())).to(device);
      Tensor seenHint = c.source().grey() ? hint.narrow(1, 0, 1) : hint;
      if (c.source() instanceof ControlSource.OfControlNet source) {
        controls.add(new Bound(c.settings(), bound(networks.control(source), c, seen, seenHint)));
      } else if (c.source() instanceof ControlSource.OfT2IAdapter source) {
        AdditionalResiduals features =
            networks
                .control(source)
                .forward(seenHint, c.settings().weight())
                .repeated(hint.size(0) == 1 ? 1 : conditioning.rows());
        controls.add(new Bound(c.settings(), (x, t) -> features));
      }
    }
  }

  private ResidualSource bound(
      ControlNetModel network, ResolvedAdapters.Control c, Conditioning seen, Tensor hint) {
    Tensor features = network.embed(hint);
    PreparedConditioning text = network.prepare(seen).inFrames(frames.count(), InsertedLayers.NONE);
    double weight = c.settings().weight();
    return (x, t) ->
        network
            .forward(
                x.narrow(0, 0, rows * frames.count()),
                t.narrow(0, 0, rows),
                text,
                features,
                weight,
                guess)
            .zeroPadded(x.size(0));
  }

  @Override
  public AdditionalResiduals at(Tensor x, Tensor t) {
    int i = Math.min(done++, evaluations - 1);
    AdditionalResiduals sum = AdditionalResiduals.NONE;
    for (Bound c : controls) {
      if (c.settings.acts(i, evaluations) && c.settings.weight() != 0) {
        sum = sum.plus(c.network.at(x, t));
      }
    }
    return sum;
  }
}
