package io.github.tcd4j.tensor;

import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * Group normalisation of small channels-last maps. libtorch's own kernel walks such a map pixel by
 * pixel and group by group, and with two to six channels a group it leaves the vector units empty:
 * ten times slower than these four passes over whole rows of channels.
 *
 * <pre>  d = x - mean,  y = d * (weight / sqrt(mean(d^2) + eps)) + bias,  means over a group
 * </pre>
 */
final class ChannelsLastGroupNorm {
  /** From here on libtorch takes another way, which is as fast as memory. */
  private static final int LARGE_MAP = 1024;

  /** Channels that libtorch's kernel takes at once in float32. */
  private static final int LANE = 8;

  /** Channels a group from which its kernel is no longer slower in bfloat16. */
  private static final int WIDE = 32;

  private ChannelsLastGroupNorm() {}

  /** Whether {@code x} is one of the maps that this is faster for. */
  static boolean suits(Tensor x, int groups) {
    if (x.dim() != 4
        || !x.device().equals(Device.CPU)
        || x.size(1) % groups != 0
        || x.size(2) * x.size(3) >= LARGE_MAP
        || !x.handle().is_contiguous(MemoryFormat.ChannelsLast)
        || x.handle().is_contiguous()) {
      return false;
    }
    long channels = x.size(1) / groups;
    return channels % LANE != 0 || (x.dtype() == DType.BF16 && channels < WIDE);
  }

  /** x (B, C, H, W), channels last, to the same shape, layout and type; statistics in float32. */
  static Tensor forward(Tensor x, int groups, Tensor weight, Tensor bias, double eps) {
    long b = x.size(0);
    long c = x.size(1);
    Tensor rows = x.to(DType.F32).permute(0, 2, 3, 1).reshape(b, x.size(2) * x.size(3), c);
    Tensor d = rows.minus(groupMeans(rows, groups));
    Tensor scale = weight.div(groupMeans(d.square(), groups).plus(eps).sqrt());
    Tensor y = new Tensor(torch.addcmul(bias.handle(), d.handle(), scale.handle()));
    return y.reshape(b, x.size(2), x.size(3), c).permute(0, 3, 1, 2).to(x.dtype());
  }

  /** Means over rows and groups of rows (B, N, C), once for each channel: (B, 1, C). */
  private static Tensor groupMeans(Tensor rows, int groups) {
    long b = rows.size(0);
    long c = rows.size(2);
    Tensor means = rows.mean(false, 1).reshape(b, groups, c / groups).mean(true, 2);
    return means.expand(b, groups, c / groups).reshape(b, 1, c);
  }
}
