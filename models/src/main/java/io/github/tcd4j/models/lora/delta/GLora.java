package io.github.tcd4j.models.lora.delta;

import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.WeightChange;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * LyCORIS' GLoRA (arXiv 2306.07967, without its biases): W' = W + scale (W A + B) with A = a1 a2
 * over the input channels and B = b1 b2. W is the plain network's.
 *
 * @param a1 (in, r)
 * @param a2 (r, in)
 * @param b1 (out, r)
 * @param b2 (r, in) or (r, in, kh, kw)
 * @param flat whether A is over a kernel's entries too, as in the first files of this kind
 */
public record GLora(Tensor a1, Tensor a2, Tensor b1, Tensor b2, boolean flat)
    implements LoraFactors {
  public GLora {
    long r = rank(a2);
    if (columns(a1) != r || columns(b1) != r || rank(b2) != r || rank(a1) != columns(a2)) {
      throw new LoraException(
          "GLoRA factors do not fit each other: " + a1 + ", " + a2 + ", " + b1 + ", " + b2);
    }
  }

  /**
   * The change of a module's factors by their endings; null where some are missing.
   *
   * @param scope around which what is made of them is kept
   */
  public static @Nullable GLora of(Map<String, Tensor> f, Scope scope) {
    Tensor a1 = f.get("a1.weight");
    Tensor a2 = f.get("a2.weight");
    Tensor b1 = f.get("b1.weight");
    Tensor b2 = f.get("b2.weight");
    if (a1 == null || a2 == null || b1 == null || b2 == null) {
      return null;
    }
    Tensor core = f.get("bm.weight");
    if (core != null) {
      return new GLora(a1, a2, b1, scope.keep(LycorisMatrix.withCore(core, b2)), false);
    }
    // The first files had the names of each pair exchanged; in square layers both readings fit,
    // and the one is taken whose rank is smaller, as ComfyUI does.
    boolean now = rank(a2) == columns(a1) && columns(b1) == rank(b2) && rank(a2) == rank(b2);
    boolean old = rank(a1) == columns(a2) && columns(b2) == rank(b1) && rank(a1) == rank(b1);
    return old && (!now || rank(a2) >= columns(a2))
        ? new GLora(a2, a1, b2, b1, true)
        : new GLora(a1, a2, b1, b2, false);
  }

  private static long rank(Tensor t) {
    return t.size(0);
  }

  private static long columns(Tensor t) {
    return t.numel() / t.size(0);
  }

  @Override
  public Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put(flat ? "a2.weight" : "a1.weight", a1);
    tensors.put(flat ? "a1.weight" : "a2.weight", a2);
    tensors.put(flat ? "b2.weight" : "b1.weight", b1);
    tensors.put(flat ? "b1.weight" : "b2.weight", b2);
    return tensors;
  }

  @Override
  public String kind() {
    return "GLoRA";
  }

  @Override
  public long out() {
    return rank(b1);
  }

  @Override
  public long fanIn() {
    return columns(b2);
  }

  @Override
  public long rank() {
    return rank(b2);
  }

  @Override
  public boolean fits(LayerShape layer) {
    return LoraFactors.super.fits(layer) && rank(a1) == (flat ? layer.fanIn() : layer.in());
  }

  @Override
  public WeightChange bound(LayerShape layer, double scale) {
    return new Change(this, scale);
  }

  private record Change(GLora factors, double scale) implements WeightChange {
    @Override
    public Tensor applied(Tensor current, Tensor base) {
      Tensor added = factors.turned(base).plus(factors.added(base));
      return current.plus(added.times(scale));
    }

    @Override
    public Change weighted(double weight) {
      return new Change(factors, scale * weight);
    }
  }

  /** W A. */
  private Tensor turned(Tensor w) {
    Tensor one = matrix(a1, w);
    Tensor two = matrix(a2, w);
    if (flat || w.dim() == 2) {
      return w.reshape(w.size(0), -1).matmul(one).matmul(two).reshape(w.shape());
    }
    return w.permute(0, 2, 3, 1)
        .reshape(-1, w.size(1))
        .matmul(one)
        .matmul(two)
        .reshape(w.size(0), w.size(2), w.size(3), w.size(1))
        .permute(0, 3, 1, 2);
  }

  /** B. */
  private Tensor added(Tensor w) {
    return matrix(b1, w).matmul(matrix(b2, w)).reshape(w.shape());
  }

  private static Tensor matrix(Tensor factor, Tensor w) {
    return factor.reshape(factor.size(0), -1).to(w.device());
  }
}
