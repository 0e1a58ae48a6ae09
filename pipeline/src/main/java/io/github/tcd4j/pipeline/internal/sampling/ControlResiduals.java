package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.models.controlnet.ControlNetModel;
import io.github.tcd4j.models.controlnet.ControlNetUnionModel;
import io.github.tcd4j.models.controlnet.T2IAdapter;
import io.github.tcd4j.models.unet.AdditionalResiduals;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.InsertedLayers;
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
 *
 * <p>Where a network sees latents window by window, each window has its part of the hints, as if it
 * were a picture of its own.
 */
public final class ControlResiduals implements ResidualSource {
  /** A network bound to its hints. */
  private interface Bound {
    /** What it adds to window w in evaluation i. */
    AdditionalResiduals at(int i, int w, Tensor x, Tensor t);
  }

  private final List<Bound> controls = new ArrayList<>();
  private final AdapterNetworks networks;
  private final Device device;
  private final boolean guess;
  private final long rows;
  private final FrameRange frames;
  private final int evaluations;
  private final List<Window> windows;
  private final int scale;
  private int done;
  private int window;

  /**
   * Reads the networks. What is the same in all evaluations belongs to the scope that is open here.
   *
   * @param conditioning of the U-Net
   * @param prompts rows with the prompt, the first of the conditioning
   * @param frames of an animation that go through the U-Net together, {@link FrameRange#PICTURE}
   *     for pictures
   * @param evaluations of all latents in the sampling to come
   * @param windows in which the network sees them; one, of all, as a rule
   * @param scale pixels that one latent element stands for
   */
  public ControlResiduals(
      ResolvedAdapters adapters,
      AdapterNetworks networks,
      Conditioning conditioning,
      long prompts,
      FrameRange frames,
      int evaluations,
      List<Window> windows,
      int scale,
      Device device) {
    this.networks = networks;
    this.device = device;
    this.windows = List.copyOf(windows);
    this.scale = scale;
    guess = adapters.guess();
    rows = guess ? prompts : conditioning.rows();
    this.frames = frames;
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
        T2IAdapter network = networks.control(source);
        List<AdditionalResiduals> features =
            parts(hint(c)).stream()
                .map(h -> repeated(network.forward(h, c.settings().weight()), h, conditioning))
                .toList();
        controls.add(
            (i, w, x, t) -> weight(c, i) == 0 ? AdditionalResiduals.NONE : features.get(w));
      }
    }
  }

  private double weight(ResolvedAdapters.Control c, int i) {
    return c.settings().weight(i, evaluations);
  }

  private Tensor hint(ResolvedAdapters.Control c) {
    Tensor hint = ImageTensors.unit(networks.hints(c, frames::of)).to(device);
    return c.source().grey() ? hint.narrow(1, 0, 1) : hint;
  }

  /** What each window sees of a hint. */
  private List<Tensor> parts(Tensor hint) {
    return windows.stream().map(w -> w.of(hint, scale)).toList();
  }

  @Override
  public void lookAt(int number) {
    window = number;
  }

  private Bound bound(ControlNetModel network, ResolvedAdapters.Control c, Conditioning seen) {
    List<Tensor> features = parts(hint(c)).stream().map(network::embed).toList();
    PreparedConditioning text = network.prepare(seen).inFrames(frames.count(), InsertedLayers.NONE);
    return (i, w, x, t) ->
        weight(c, i) == 0
            ? AdditionalResiduals.NONE
            : network
                .forward(own(x), times(t), text, features.get(w), weight(c, i), guess)
                .zeroPadded(x.size(0));
  }

  /**
   * Of several hints those that do not act have weight 0, as in diffusers: the network then adds
   * what it makes without them. One hint alone that does not act adds nothing.
   */
  private Bound bound(
      ControlNetUnionModel network, List<ResolvedAdapters.Control> hints, Conditioning seen) {
    List<Integer> kinds = hints.stream().map(c -> c.type().ordinal()).toList();
    List<List<Tensor>> pictures = hints.stream().map(c -> parts(hint(c))).toList();
    PreparedConditioning text = network.prepare(seen, kinds);
    Map<List<Double>, List<Tensor>> features = new HashMap<>();
    for (int i = 0; i < evaluations; i++) {
      features.computeIfAbsent(weights(hints, i), w -> embedded(network, pictures, kinds, w));
    }
    return (i, w, x, t) -> {
      List<Double> weights = weights(hints, i);
      List<Tensor> own = features.get(weights);
      return own == null || weights.equals(List.of(0.0))
          ? AdditionalResiduals.NONE
          : network
              .forward(own(x), times(t), text, own.get(w), weights, guess)
              .zeroPadded(x.size(0));
    };
  }

  /** The features of each window. */
  private List<Tensor> embedded(
      ControlNetUnionModel network,
      List<List<Tensor>> pictures,
      List<Integer> kinds,
      List<Double> weights) {
    List<Tensor> features = new ArrayList<>();
    for (int w = 0; w < windows.size(); w++) {
      int at = w;
      features.add(network.embed(pictures.stream().map(p -> p.get(at)).toList(), kinds, weights));
    }
    return features;
  }

  private List<Double> weights(List<ResolvedAdapters.Control> hints, int i) {
    return hints.stream().map(c -> weight(c, i)).toList();
  }

  /** Features of one hint fit all rows; those of frames are made as many as there are rows. */
  private static AdditionalResiduals repeated(
      AdditionalResiduals features, Tensor hint, Conditioning conditioning) {
    return features.repeated(hint.size(0) == 1 ? 1 : conditioning.rows());
  }

  /** Latents of the rows that are seen, in all frames. */
  private Tensor own(Tensor x) {
    return x.narrow(0, 0, rows * frames.count());
  }

  private Tensor times(Tensor t) {
    return t.narrow(0, 0, rows);
  }

  @Override
  public AdditionalResiduals at(Tensor x, Tensor t) {
    int i = Math.min(done, evaluations - 1);
    if (window == windows.size() - 1) {
      done++;
    }
    AdditionalResiduals sum = AdditionalResiduals.NONE;
    for (Bound c : controls) {
      sum = sum.plus(c.at(i, window, x, t));
    }
    return sum;
  }
}
