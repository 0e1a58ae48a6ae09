package io.github.tcd4j.tensor;

import java.util.function.Consumer;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.jspecify.annotations.Nullable;

/**
 * Group normalisation of channels-last maps without loss of digits, where libtorch's own kernel
 * loses them. It adds up x and x^2 of such a map in float32, one pixel after the other, which is
 * off in two ways (largest difference, as a share of the largest value):
 *
 * <ul>
 *   <li>long sums: 1e-5 at 512x512 even with a mean of zero, below 1e-6 up to 128x128;
 *   <li>mean(x^2) - mean(x)^2: up to 8e-6 at 64x64 with a mean of three deviations, 1e-4 with one
 *       of ten.
 * </ul>
 *
 * <p>So large maps have their moments by blocks. Smaller ones are libtorch's, which takes a third
 * of the time of exact passes over them, unless the moments that it returns with them show a mean
 * far from zero: then they are computed again. In the embedded model no mean is further than two
 * deviations from zero. Narrow maps of few channels a group, on which its kernel is slow, go
 * through that of the other layout; only they may be bfloat16.
 *
 * <pre>  y = (x - mean) / sqrt(variance + eps) * weight + bias,  mean and variance over a group
 * </pre>
 */
final class ChannelsLastGroupNorm {
  /** Pixels that float32 may add up one by one: off by 2e-6 where a mean is three deviations. */
  private static final int MAX_PIXELS = 1 << 14;

  /** Numbers of a block: a call of its own pays from here on. */
  private static final int BLOCK = 1 << 21;

  /** A sample of fewer numbers takes less time in whole passes than in calls of its own. */
  private static final int SMALL = 1 << 20;

  /** Pixels from which on libtorch's sums lose digits even where the mean is zero. */
  private static final int LARGE_MAP = 1 << 14;

  /** Deviations from zero of a mean up to which libtorch's results are good to 1e-5. */
  private static final float FAR = 3;

  /** Pixels below which libtorch's kernel runs group by group. */
  private static final int NARROW_MAP = 1024;

  /** Channels that this kernel takes at once in float32; others one by one. */
  private static final int LANE = 8;

  /** Channels a group from which it is no longer slower than the other layout's in bfloat16. */
  private static final int WIDE = 32;

  private ChannelsLastGroupNorm() {}

  /** Whether {@code x} is float32, or a bfloat16 map that libtorch, precise enough, is slow on. */
  static boolean suits(Tensor x, int groups) {
    return x.dim() == 4
        && x.device().equals(Device.CPU)
        && x.size(1) % groups == 0
        && x.handle().is_contiguous(MemoryFormat.ChannelsLast)
        && !x.handle().is_contiguous()
        && (x.dtype() == DType.F32 || (x.dtype() == DType.BF16 && slowInLibtorch(x, groups)));
  }

  /**
   * x (B, C, H, W), channels last, to the same shape, layout and type.
   *
   * @param recorded whether gradients will be wanted
   */
  static Tensor forward(
      Tensor x, int groups, Tensor weight, Tensor bias, double eps, boolean recorded) {
    if (slowInLibtorch(x, groups)) {
      return channelsFirst(x, groups, weight, bias, eps);
    }
    if (x.size(2) * x.size(3) < LARGE_MAP) {
      Tensor y = checked(x, groups, weight, bias, eps);
      return y != null
          ? y
          : recorded
              ? centred(x, groups, weight, bias, eps)
              : byPasses(x, groups, weight, bias, eps);
    }
    return recorded || x.numel() < SMALL * x.size(0)
        ? byPasses(x, groups, weight, bias, eps)
        : byBlocks(x, groups, weight, bias, eps);
  }

  /** libtorch's result, or null where the mean of a group is too far from zero for it. */
  private static @Nullable Tensor checked(
      Tensor x, int groups, Tensor weight, Tensor bias, double eps) {
    try (T_TensorTensorTensor_T all = inLibtorch(x, groups, weight, bias, eps)) {
      float[] means = new Tensor(all.get1()).toFloatArray();
      float[] factors = new Tensor(all.get2()).toFloatArray();
      for (int i = 0; i < means.length; i++) {
        if (Math.abs(means[i]) * factors[i] > FAR) {
          return null;
        }
      }
      return result(all);
    }
  }

  /** Result, means and factors; under autocast too in the type of {@code x}. */
  private static T_TensorTensorTensor_T inLibtorch(
      Tensor x, int groups, Tensor weight, Tensor bias, double eps) {
    return torch.native_group_norm(
        x.handle(),
        new TensorOptional(weight.handle()),
        new TensorOptional(bias.handle()),
        x.size(0),
        x.size(1),
        x.size(2) * x.size(3),
        groups,
        eps);
  }

  /** With a handle of its own: what get0 gives lies in the memory of all three. */
  private static Tensor result(T_TensorTensorTensor_T all) {
    return new Tensor(new org.bytedeco.pytorch.Tensor(all.get0()));
  }

  /**
   * By libtorch's kernel of the other layout, whose sums keep their digits. With the two copies it
   * takes a third of the time of whole passes, forward and backward together.
   */
  private static Tensor channelsFirst(
      Tensor x, int groups, Tensor weight, Tensor bias, double eps) {
    try (T_TensorTensorTensor_T all = inLibtorch(x.contiguous(), groups, weight, bias, eps)) {
      return result(all).channelsLast();
    }
  }

  /** Few channels a group leave the vector units empty: many times slower than it could be. */
  private static boolean slowInLibtorch(Tensor x, int groups) {
    long channels = x.size(1) / groups;
    return x.size(2) * x.size(3) < NARROW_MAP
        && (channels % LANE != 0 || (x.dtype() == DType.BF16 && channels < WIDE));
  }

  /**
   * libtorch's kernel and gradient on x - mean: the same function, as the result does not change
   * when a number is added to a group, without the difference of large sums.
   */
  private static Tensor centred(Tensor x, int groups, Tensor weight, Tensor bias, double eps) {
    Tensor means;
    try (Scope scope = Scope.inference()) {
      means = scope.keep(groupMeans(rows(x), groups).reshape(x.size(0), x.size(1), 1, 1));
    }
    Tensor d = x.minus(means);
    return new Tensor(
        torch.group_norm(
            d.handle(),
            groups,
            new TensorOptional(weight.handle()),
            new TensorOptional(bias.handle()),
            eps,
            true));
  }

  /** Four passes over all samples, each of which has a gradient. */
  private static Tensor byPasses(Tensor x, int groups, Tensor weight, Tensor bias, double eps) {
    Tensor rows = rows(x);
    Tensor d = rows.minus(groupMeans(rows, groups));
    Tensor scale = weight.div(groupMeans(d.square(), groups).plus(eps).sqrt());
    Tensor y = new Tensor(torch.addcmul(bias.handle(), d.handle(), scale.handle()));
    return map(y, x);
  }

  /** Means over rows and groups of rows (B, N, C), once for each channel: (B, 1, C). */
  private static Tensor groupMeans(Tensor rows, int groups) {
    long b = rows.size(0);
    long c = rows.size(2);
    Tensor means = rows.mean(false, 1).reshape(b, groups, c / groups).mean(true, 2);
    return means.expand(b, groups, c / groups).reshape(b, 1, c);
  }

  /** Reads twice and writes once: moments by blocks, then one multiplication and sum. */
  private static Tensor byBlocks(Tensor x, int groups, Tensor weight, Tensor bias, double eps) {
    int samples = Math.toIntExact(x.size(0));
    int channels = Math.toIntExact(x.size(1));
    Tensor rows = rows(x);
    float[] factors = new float[samples * channels];
    float[] shifts = new float[factors.length];
    for (int i = 0; i < samples; i++) {
      Moments moments = new Moments(groups, channels);
      inBlocks(rows.select(0, i), moments::add);
      moments.put(eps, factors, shifts, i * channels);
    }
    Tensor scale = weight.times(Tensor.of(factors, samples, 1, channels));
    Tensor shift = bias.plus(weight.times(Tensor.of(shifts, samples, 1, channels)));
    return map(new Tensor(torch.addcmul(shift.handle(), rows.handle(), scale.handle())), x);
  }

  /** Shows the rows (N, C) of a sample, some at a time. */
  private static void inBlocks(Tensor rows, Consumer<Tensor> body) {
    long n = rows.size(0);
    long step = Math.max(1, Math.min(MAX_PIXELS, BLOCK / rows.size(1)));
    for (long start = 0; start < n; start += step) {
      try (Scope scope = Scope.open()) {
        body.accept(rows.narrow(0, start, Math.min(step, n - start)));
      }
    }
  }

  /** (B, C, H, W), channels last, as rows of channels (B, H W, C), in the same memory. */
  private static Tensor rows(Tensor x) {
    return x.permute(0, 2, 3, 1).reshape(x.size(0), x.size(2) * x.size(3), x.size(1));
  }

  /** Rows (B, H W, C) as a map of the shape of {@code x}, in the same memory. */
  private static Tensor map(Tensor rows, Tensor x) {
    return rows.reshape(x.size(0), x.size(2), x.size(3), x.size(1)).permute(0, 3, 1, 2);
  }

  /**
   * Means and sums of squared distances from them, a pair for each group, to which blocks are added
   * (Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
   * variances", 1979).
   */
  private static final class Moments {
    private final int channels;
    private final double[] means;
    private final double[] squares;
    private final double[] counts;

    Moments(int groups, int channels) {
      this.channels = channels;
      this.means = new double[groups];
      this.squares = new double[groups];
      this.counts = new double[groups];
    }

    /** One block of rows (N, C) more. */
    void add(Tensor rows) {
      long n = rows.size(0);
      Tensor map = rows.transpose(0, 1).reshape(1, channels, n, 1);
      TensorOptional none = new TensorOptional();
      float[] blockMeans;
      float[] variances;
      try (T_TensorTensor_T moments = torch.batch_norm_update_stats(map.handle(), none, none, 0)) {
        blockMeans = new Tensor(moments.get0()).toFloatArray();
        variances = new Tensor(moments.get1()).toFloatArray();
      }
      for (int c = 0; c < channels; c++) {
        int group = c / (channels / means.length);
        double count = counts[group] + n;
        double step = blockMeans[c] - means[group];
        squares[group] += n * (variances[c] + step * step * (counts[group] / count));
        means[group] += step * (n / count);
        counts[group] = count;
      }
    }

    /** With f = 1 / sqrt(variance + eps): f and -f mean of each channel from {@code start} on. */
    void put(double eps, float[] factors, float[] shifts, int start) {
      for (int c = 0; c < channels; c++) {
        int group = c / (channels / means.length);
        double factor = 1 / Math.sqrt(squares[group] / counts[group] + eps);
        factors[start + c] = (float) factor;
        shifts[start + c] = (float) (-factor * means[group]);
      }
    }
  }
}
