package io.github.tcd4j.models.lora.delta;

import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A matrix as LyCORIS stores it: whole, as a product of two, or with a convolution's kernel between
 * the two (Tucker's form, where the first factor lies transposed).
 *
 * @param a (rows, r); (rows, columns) where whole; (r, rows) with a core
 * @param b (r, columns); (r, in) with a core
 * @param core (r, r, kh, kw)
 */
public record LycorisMatrix(Tensor a, @Nullable Tensor b, @Nullable Tensor core) {
  public LycorisMatrix {
    if (core != null && (core.dim() < 3 || b == null)) {
      throw new LoraException("a Tucker kernel has 4 dimensions and two factors but is " + core);
    }
    long inner = core == null ? a.size(1) : a.size(0);
    if (b != null && (core == null ? inner : core.size(1)) != b.size(0)
        || core != null && core.size(0) != inner) {
      throw new LoraException("LyCORIS factors of different ranks: " + a + ", " + b);
    }
  }

  long rows() {
    return core == null ? a.size(0) : a.size(1);
  }

  long columns() {
    Tensor wide = b == null ? a : b;
    long kernel = core == null ? 1 : core.numel() / (core.size(0) * core.size(1));
    return wide.numel() / wide.size(0) * kernel;
  }

  /** Whether it is stored without factors, so that it has no rank. */
  boolean whole() {
    return b == null;
  }

  /** (rows, columns), float32. */
  Tensor matrix() {
    if (b == null) {
      return a.reshape(a.size(0), -1);
    }
    if (core == null) {
      return a.matmul(b.reshape(b.size(0), -1));
    }
    Tensor below = withCore(core, b);
    return a.transpose(0, 1).matmul(below.reshape(below.size(0), -1));
  }

  /** Sum over n of core(m, n, k, l) down(n, i), shape (r, in, kh, kw). */
  public static Tensor withCore(Tensor core, Tensor down) {
    long r = core.size(0);
    long n = core.size(1);
    if (core.dim() != 4 || down.size(0) != n) {
      throw new LoraException("a Tucker kernel " + core + " does not fit the factor " + down);
    }
    long kh = core.size(2);
    long kw = core.size(3);
    Tensor flat = down.reshape(n, -1);
    return core.permute(0, 2, 3, 1)
        .reshape(-1, n)
        .matmul(flat)
        .reshape(r, kh, kw, flat.size(1))
        .permute(0, 3, 1, 2)
        .contiguous();
  }
}
