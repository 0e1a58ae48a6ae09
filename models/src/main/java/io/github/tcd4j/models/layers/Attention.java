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

  /** q (B, L, C), k and v (B, M, C), C divisible by heads, to (B, L, C); in float32 always. */
  public static Tensor multiHead(Tensor q, Tensor k, Tensor v, int heads, boolean causal) {
    return mix(heads(q, heads), heads(k, heads), heads(v, heads), causal);
  }

  /** x (B, L, C) to (B, heads, L, C / heads), float32. */
  public static Tensor heads(Tensor x, int heads) {
    Tensor t = x.to(DType.F32);
    return t.reshape(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
  }

  /** The same of what has been split by {@link #heads} before. */
  public static Tensor mix(Tensor q, Tensor k, Tensor v, boolean causal) {
    // The CPU's bfloat16 kernel is over twenty times slower than the float32 one.
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
