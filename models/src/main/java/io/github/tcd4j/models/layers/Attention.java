package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Splits channels into heads and joins them again around scaled dot-product attention. */
public final class Attention {
  /** Scores that a device which keeps all of them may have at once: 512 MB of float32. */
  private static final long SCORES = 1L << 27;

  private Attention() {}

  /** q (B, L, C), k and v (B, M, C), C divisible by heads, to (B, L, C); see {@link #heads}. */
  public static Tensor multiHead(Tensor q, Tensor k, Tensor v, int heads, boolean causal) {
    return mix(heads(q, heads, false), heads(k, heads, false), heads(v, heads, false), causal);
  }

  /**
   * x (B, L, C) to (B, heads, L, C / heads), in what attention computes in: float32 on the CPU,
   * whose bfloat16 kernel is over twenty times slower, and on a Mac; an NVIDIA GPU has fast kernels
   * for halves, which sum in float32.
   *
   * @param upcast whether it is float32 everywhere: scores of some networks overflow halves
   */
  public static Tensor heads(Tensor x, int heads, boolean upcast) {
    Device.Kind kind = x.device().kind();
    boolean slow = kind == Device.Kind.CPU || kind == Device.Kind.MPS;
    Tensor t = upcast || slow ? x.to(DType.F32) : x;
    return t.reshape(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
  }

  /** The same of what has been split by {@link #heads} before. */
  public static Tensor mix(Tensor q, Tensor k, Tensor v, boolean causal) {
    // Mixed precision would take the CPU's slow kernel.
    try (Autograd.FullPrecision full = Autograd.fullPrecision()) {
      long rows = q.size(2);
      if (!causal && q.device().equals(Device.MPS)) {
        rows = Math.max(1, SCORES / (q.size(0) * q.size(1) * k.size(2)));
      }
      Tensor out = rows < q.size(2) ? sliced(q, k, v, rows) : Functional.attention(q, k, v, causal);
      return out.transpose(1, 2).reshape(q.size(0), q.size(2), q.size(1) * q.size(3));
    }
  }

  /** So many rows of q at a time, which need no score of the others. */
  static Tensor sliced(Tensor q, Tensor k, Tensor v, long rows) {
    List<Tensor> parts = new ArrayList<>();
    for (long at = 0; at < q.size(2); at += rows) {
      Tensor some = q.narrow(2, at, Math.min(rows, q.size(2) - at));
      parts.add(Functional.attention(some, k, v, false));
    }
    return Tensor.cat(2, parts.toArray(Tensor[]::new));
  }
}
