package io.github.tcd4j.models.lora.delta;

import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.WeightChange;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * LyCORIS' LoHa, one matrix times another element by element, and LoKr, their Kronecker product.
 * Only the small matrices are kept; the change is made when a weight takes it.
 */
public record Lycoris(Kind method, LycorisMatrix one, LycorisMatrix two) implements LoraFactors {
  enum Kind {
    HADAMARD("LoHa", "hada_w1", "hada_w2", "hada_t1", "hada_t2"),
    KRONECKER("LoKr", "lokr_w1", "lokr_w2", "lokr_t1", "lokr_t2");

    private final String field;
    private final String one;
    private final String two;
    private final String coreOfOne;
    private final String coreOfTwo;

    Kind(String field, String one, String two, String coreOfOne, String coreOfTwo) {
      this.field = field;
      this.one = one;
      this.two = two;
      this.coreOfOne = coreOfOne;
      this.coreOfTwo = coreOfTwo;
    }
  }

  public Lycoris {
    if (method == Kind.HADAMARD && (one.rows() != two.rows() || one.columns() != two.columns())) {
      throw new LoraException(
          "the two products of a LoHa differ in shape: " + one.a() + ", " + two.a());
    }
  }

  /** Whether an ending of a key is a factor of either kind. */
  public static boolean knows(String ending) {
    return ending.matches("(hada|lokr)_(w[12](_[ab])?|t[12])");
  }

  /** The change of a module's factors by their endings; null where some are missing. */
  public static @Nullable Lycoris of(Map<String, Tensor> factors) {
    for (Kind kind : Kind.values()) {
      LycorisMatrix one = product(factors, kind.one, kind.coreOfOne);
      LycorisMatrix two = product(factors, kind.two, kind.coreOfTwo);
      if (one != null && two != null) {
        return new Lycoris(kind, one, two);
      }
    }
    return null;
  }

  private static @Nullable LycorisMatrix product(Map<String, Tensor> f, String name, String core) {
    Tensor whole = f.get(name);
    Tensor a = f.get(name + "_a");
    Tensor b = f.get(name + "_b");
    if (whole != null) {
      return new LycorisMatrix(matrix(name, whole), null, null);
    }
    return a == null || b == null
        ? null
        : new LycorisMatrix(matrix(name + "_a", a), matrix(name + "_b", b), f.get(core));
  }

  private static Tensor matrix(String name, Tensor t) {
    if (t.dim() < 2 || t.numel() == 0) {
      throw new LoraException("LyCORIS factor " + name + " must be a matrix but is " + t);
    }
    return t;
  }

  @Override
  public Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    put(tensors, method.one, method.coreOfOne, one);
    put(tensors, method.two, method.coreOfTwo, two);
    return tensors;
  }

  private static void put(Map<String, Tensor> to, String name, String core, LycorisMatrix p) {
    to.put(p.whole() ? name : name + "_a", p.a());
    if (p.b() != null) {
      to.put(name + "_b", p.b());
    }
    if (p.core() != null) {
      to.put(core, p.core());
    }
  }

  @Override
  public String kind() {
    return method.field;
  }

  @Override
  public long out() {
    return method == Kind.HADAMARD ? one.rows() : one.rows() * two.rows();
  }

  @Override
  public long fanIn() {
    return method == Kind.HADAMARD ? one.columns() : one.columns() * two.columns();
  }

  /** LoHa divides by its first product's; LoKr by the second's, else the first's, else not. */
  @Override
  public long rank() {
    Tensor first = one.b();
    Tensor second = two.b();
    Tensor b = method == Kind.KRONECKER && second != null ? second : first;
    return b == null ? 0 : b.size(0);
  }

  @Override
  public WeightChange.Additive bound(LayerShape layer, double scale) {
    return new Change(this, scale);
  }

  private record Change(Lycoris factors, double scale) implements WeightChange.Additive {
    @Override
    public Tensor change(long... shape) {
      try (Scope scope = Scope.inference()) {
        Tensor one = factors.one.matrix();
        Tensor two = factors.two.matrix();
        Tensor both = factors.method == Kind.HADAMARD ? one.times(two) : kron(one, two);
        return scope.keep(both.times(scale).reshape(shape));
      }
    }

    /** Kernels stay behind their channels, so Kronecker's product is one of whole rows. */
    private static Tensor kron(Tensor x, Tensor y) {
      return x.reshape(x.size(0), 1, x.size(1), 1)
          .times(y.reshape(1, y.size(0), 1, y.size(1)))
          .reshape(x.size(0) * y.size(0), x.size(1) * y.size(1));
    }

    @Override
    public Change weighted(double weight) {
      return new Change(factors, scale * weight);
    }
  }
}
