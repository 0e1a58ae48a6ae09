package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * A network on latents that are larger than those it was trained for (MultiDiffusion, Bar-Tal et
 * al. 2023, eq. 5): in every step it predicts overlapping windows one by one, and where windows
 * overlap the predictions are averaged. Sampler and noise see the whole picture, so that there is
 * no seam to be hidden afterwards, and the order of the windows does not matter.
 *
 * <pre>  sum_i w_i network(window_i x) / sum_i w_i</pre>
 *
 * The weight of a window falls linearly to its edges over the overlap.
 *
 * @param networks by the number of each of {@link #windows} what predicts it; called before each
 *     prediction
 * @param tile side of a window in latent elements, at least 1
 * @param overlap of neighbouring windows, in [0, tile)
 */
public record WindowedDenoiser(IntFunction<Denoiser> networks, int tile, int overlap)
    implements Denoiser {
  /** Of one network for all windows. */
  public WindowedDenoiser(Denoiser network, int tile, int overlap) {
    this(i -> network, tile, overlap);
  }

  public WindowedDenoiser {
    if (tile < 1 || overlap < 0 || overlap >= tile) {
      throw new IllegalArgumentException(
          "a window needs a side of at least 1 and a smaller overlap but has "
              + tile
              + " and "
              + overlap);
    }
  }

  @Override
  public Prediction at(Tensor x, Tensor t, Tensor s) {
    int height = Math.toIntExact(x.size(2));
    int width = Math.toIntExact(x.size(3));
    if (height <= tile && width <= tile) {
      return networks.apply(0).at(x, t, s);
    }
    List<Window> windows = windows(tile, overlap, height, width);
    Prediction.Kind[] kind = new Prediction.Kind[1];
    Tensor output =
        Scope.result(
            () -> {
              Tensor sum = null;
              double[] weights = new double[height * width];
              for (int i = 0; i < windows.size(); i++) {
                Window window = windows.get(i);
                Prediction p = networks.apply(i).at(window.of(x, 1), t, s);
                kind[0] = p.kind();
                Tensor weight = weight(window.height(), window.width(), x.device());
                Tensor weighted = p.output().times(weight);
                Tensor placed = placed(weighted, window.top(), window.left(), height, width);
                sum = sum == null ? placed : sum.plus(placed);
                addWeight(
                    weights, window.top(), window.left(), window.height(), window.width(), width);
              }
              Tensor total = Tensor.of(weights, 1, 1, height, width).to(DType.F32);
              return Objects.requireNonNull(sum).div(total.to(x.device()));
            });
    return new Prediction(kind[0], output);
  }

  /** The windows of latents in the order in which they are predicted, row by row. */
  public static List<Window> windows(int tile, int overlap, int height, int width) {
    List<Window> windows = new ArrayList<>();
    for (int top : starts(tile, overlap, height)) {
      for (int left : starts(tile, overlap, width)) {
        windows.add(new Window(top, left, Math.min(tile, height), Math.min(tile, width)));
      }
    }
    return windows;
  }

  /** Where windows begin: equally spaced, the last at the end. */
  List<Integer> starts(int size) {
    return starts(tile, overlap, size);
  }

  private static List<Integer> starts(int tile, int overlap, int size) {
    if (size <= tile) {
      return List.of(0);
    }
    int n = (size - overlap + tile - overlap - 1) / (tile - overlap);
    List<Integer> starts = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      starts.add((int) Math.round(i * (double) (size - tile) / (n - 1)));
    }
    return starts;
  }

  /** At least one part of the ramp, so that no element is without weight. */
  private double ramp(int i, int size) {
    int fromEdge = Math.min(i, size - 1 - i) + 1;
    return Math.min(1, fromEdge / (overlap + 1.0));
  }

  private Tensor weight(int height, int width, Device device) {
    double[] weights = new double[height * width];
    addWeight(weights, 0, 0, height, width, width);
    return Tensor.of(weights, 1, 1, height, width).to(DType.F32).to(device);
  }

  private void addWeight(double[] sum, int top, int left, int height, int width, int stride) {
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        sum[(top + y) * stride + left + x] += ramp(y, height) * ramp(x, width);
      }
    }
  }

  private static Tensor placed(Tensor window, int top, int left, int height, int width) {
    long below = height - top - window.size(2);
    long right = width - left - window.size(3);
    return Functional.pad(window, 0, left, right, top, below);
  }
}
