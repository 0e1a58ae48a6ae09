package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.models.motion.FrameWindows;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A network that sees the frames of videos as rows, as one of whole videos (B, C, F, h, w), in
 * whose shape diffusers draws noise. Longer videos go through it in overlapping windows, whose
 * predictions are averaged in every step.
 *
 * @param networks for each window one, or one for all frames: x (B F, C, h, w), the frames of a
 *     video following each other, and B times
 * @param windows of frames; null for all at once
 */
public record VideoDenoiser(List<Denoiser> networks, @Nullable FrameWindows windows)
    implements Denoiser {
  private static final int FRAMES = 2;

  public VideoDenoiser {
    networks = List.copyOf(networks);
  }

  @Override
  public Prediction at(Tensor x, Tensor t, Tensor s) {
    List<Prediction.Kind> kinds = new ArrayList<>();
    List<UnaryOperator<Tensor>> each = new ArrayList<>();
    for (Denoiser network : networks) {
      each.add(
          video -> {
            Prediction p = network.at(rows(video), t, s);
            kinds.add(p.kind());
            return video(p.output(), video.size(FRAMES));
          });
    }
    Tensor output = windows == null ? each.get(0).apply(x) : windows.average(x, FRAMES, each);
    return new Prediction(kinds.get(0), output);
  }

  /** Videos (B, C, F, h, w) as frames (B F, C, h, w). */
  public static Tensor rows(Tensor x) {
    return x.transpose(1, FRAMES).reshape(-1, x.size(1), x.size(3), x.size(4));
  }

  private static Tensor video(Tensor rows, long frames) {
    long c = rows.size(1);
    return rows.reshape(-1, frames, c, rows.size(2), rows.size(3)).transpose(1, FRAMES);
  }
}
