package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
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
 * @param networks by the number of each window what predicts it; called before each prediction
 * @param windows of the latents, in the order in which they are predicted; see {@link #windows(int,
 *     int, int, int)}
 * @param overlap of neighbouring windows in latent elements, at least 0
 */
public record WindowedDenoiser(IntFunction<Denoiser> networks, List<Window> windows, int overlap)
    implements Denoiser {
  /** Of one network for all windows. */
  public WindowedDenoiser(Denoiser network, List<Window> windows, int overlap) {
    this(i -> network, windows, overlap);
  }

  public WindowedDenoiser {
    windows = List.copyOf(windows);
    if (windows.isEmpty() || overlap < 0) {
      throw new IllegalArgumentException(
          "latents have at least one window, whose overlap is at least 0, but got "
              + windows.size()
              + " and "
              + overlap);
    }
  }

  @Override
  public Prediction at(Tensor x, Tensor t, Tensor s) {
    int height = Math.toIntExact(x.size(2));
    int width = Math.toIntExact(x.size(3));
    if (windows.size() == 1) {
      return networks.apply(0).at(x, t, s);
    }
    Prediction.Kind[] kind = new Prediction.Kind[1];
    Tensor output =
        Scope.result(
            () -> {
              Tensor sum = Tensor.zeros(DType.F32, x.shape()).to(x.device());
              double[] weights = new double[height * width];
              for (int i = 0; i < windows.size(); i++) {
                kind[0] = add(sum, weights, i, x, t, s);
              }
              Tensor total = Tensor.of(weights, 1, 1, height, width).to(DType.F32);
              return sum.div(total.to(x.device()));
            });
    return new Prediction(kind[0], output);
  }

  /** Predicts window {@code i}, and frees what that took: there may be thousands. */
  private Prediction.Kind add(Tensor sum, double[] weights, int i, Tensor x, Tensor t, Tensor s) {
    Window window = windows.get(i);
    try (Scope scope = Scope.open()) {
      Prediction p = networks.apply(i).at(window.of(x, 1), t, s);
      Tensor weighted = p.output().times(weight(window.height(), window.width(), x.device()));
      Tensor there = window.in(sum);
      there.copyFrom_(there.plus(weighted));
      int stride = Math.toIntExact(x.size(3));
      addWeight(weights, window.top(), window.left(), window.height(), window.width(), stride);
      return p.kind();
    }
  }

  /**
   * The windows of latents, row by row.
   *
   * @param tile side of a window in latent elements, at least 1
   * @param overlap of neighbouring windows, in [0, tile)
   */
  public static List<Window> windows(int tile, int overlap, int height, int width) {
    if (tile < 1 || overlap < 0 || overlap >= tile) {
      throw new IllegalArgumentException(
          "a window needs a side of at least 1 and a smaller overlap but has "
              + tile
              + " and "
              + overlap);
    }
    List<Window> windows = new ArrayList<>();
    for (int top : starts(tile, overlap, height)) {
      for (int left : starts(tile, overlap, width)) {
        windows.add(new Window(top, left, Math.min(tile, height), Math.min(tile, width)));
      }
    }
    return windows;
  }

  /** Where windows begin: equally spaced, the last at the end. */
  static List<Integer> starts(int tile, int overlap, int size) {
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
}
