package io.github.tcd4j.models.motion;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.InsertedLayers;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The motion modules of a U-Net, one behind each of its layers, with the keys of diffusers' {@code
 * MotionAdapter}.
 *
 * <pre>{@code
 * InsertedLayers motion = adapter.layers(16, null, Adapters.NONE);
 * Tensor noise = unet.forward(frames, times, unet.prepare(c, Adapters.NONE).inFrames(16, motion));
 * }</pre>
 */
public final class MotionAdapter {
  private final MotionAdapterConfig config;
  private final List<List<MotionModule>> down = new ArrayList<>();
  private final List<List<MotionModule>> up = new ArrayList<>();
  private final @Nullable MotionModule mid;

  private MotionAdapter(Weights w, MotionAdapterConfig c, int groups) {
    config = c;
    int n = c.blockOutChannels().size();
    for (int i = 0; i < n; i++) {
      down.add(block(w.at("down_blocks").at(i), c, groups, i, c.layersPerBlock().get(i)));
    }
    Weights middle = w.at("mid_block").at(MotionKeys.MODULES).at(0);
    mid = c.midBlock() ? module(middle, c, groups, n - 1, c.midTransformerLayers()) : null;
    for (int i = 0; i < n; i++) {
      int level = n - 1 - i;
      int layers = c.layersPerBlock().get(level) + 1;
      up.add(block(w.at("up_blocks").at(i), c, groups, level, layers));
    }
  }

  private static List<MotionModule> block(
      Weights w, MotionAdapterConfig c, int groups, int level, int layers) {
    List<MotionModule> modules = new ArrayList<>();
    for (int j = 0; j < layers; j++) {
      Weights place = w.at(MotionKeys.MODULES).at(j);
      modules.add(module(place, c, groups, level, c.transformerLayers().get(level)));
    }
    return modules;
  }

  private static MotionModule module(
      Weights w, MotionAdapterConfig c, int groups, int level, int depth) {
    int channels = c.blockOutChannels().get(level);
    return MotionModule.of(w, channels, groups, c.heads().get(level), depth, c.maxFrames());
  }

  /**
   * Reads one.
   *
   * @param groups of its normalisations, which diffusers takes from the U-Net
   */
  public static MotionAdapter of(Weights w, MotionAdapterConfig config, int groups) {
    return new MotionAdapter(w, config, groups);
  }

  public MotionAdapterConfig config() {
    return config;
  }

  /**
   * Its modules between the layers of the U-Net, for videos of so many frames.
   *
   * @param frames rows of a feature map that are one video
   * @param windows of frames that its attentions see together (FreeNoise); null for all, of which
   *     there may be {@link MotionAdapterConfig#maxFrames} then
   * @param adapters the LoRAs that are active
   */
  public InsertedLayers layers(int frames, @Nullable FrameWindows windows, Adapters adapters) {
    int together = windows == null ? frames : Math.min(frames, windows.length());
    if (frames < 1 || together > config.maxFrames()) {
      throw new IllegalArgumentException(
          ("the motion adapter knows 1 to " + config.maxFrames() + " frames but got ") + together);
    }
    return new InsertedLayers() {
      @Override
      public InBlock down(int block) {
        return in(down.get(block));
      }

      @Override
      public Tensor middle(Tensor x) {
        return mid == null ? x : mid.forward(x, frames, windows, adapters);
      }

      @Override
      public InBlock up(int block) {
        return in(up.get(block));
      }

      private InBlock in(List<MotionModule> modules) {
        return (layer, x) -> modules.get(layer).forward(x, frames, windows, adapters);
      }
    };
  }
}
