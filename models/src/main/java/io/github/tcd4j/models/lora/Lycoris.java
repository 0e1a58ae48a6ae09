package io.github.tcd4j.models.lora;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * LyCORIS' LoHa and LoKr deltas, written as the product of two factors like any LoRA's: exactly,
 * though of a greater rank.
 *
 * @param down (R, in), or (R, in x kernel area)
 * @param up (out, R)
 * @param rank what alpha is divided by; 0 where the format has no division
 */
record Lycoris(Tensor down, Tensor up, long rank) {
  private static final String HADAMARD = "hada_w";
  private static final String KRONECKER = "lokr_w";

  /** Whether an ending of a key is a factor of either kind. */
  static boolean knows(String ending) {
    return ending.matches(HADAMARD + "[12]_[ab]|" + KRONECKER + "[12](_[ab])?");
  }

  /** The delta of a module's factors by their endings; null where some are missing. */
  static @Nullable Lycoris of(Map<String, Tensor> factors) {
    Tensor a = product(factors, HADAMARD + "1");
    Tensor b = product(factors, HADAMARD + "2");
    if (a != null && b != null) {
      return hadamard(factors);
    }
    Tensor one = product(factors, KRONECKER + "1");
    Tensor two = product(factors, KRONECKER + "2");
    return one == null || two == null ? null : kronecker(factors, one, two);
  }

  /** (A B) times (C D) element by element: column i of A times column j of C for all i and j. */
  private static Lycoris hadamard(Map<String, Tensor> f) {
    Tensor a = named(f, HADAMARD + "1_a");
    Tensor b = named(f, HADAMARD + "1_b");
    Tensor c = named(f, HADAMARD + "2_a");
    Tensor d = named(f, HADAMARD + "2_b");
    if (a.size(0) != c.size(0) || b.size(1) != d.size(1)) {
      throw new LoraException("the two products of a LoHa differ in shape: " + a + ", " + c);
    }
    Tensor up = a.unsqueeze(2).times(c.unsqueeze(1)).reshape(a.size(0), -1);
    Tensor down = b.unsqueeze(1).times(d.unsqueeze(0)).reshape(-1, b.size(1));
    return new Lycoris(down, up, b.size(0));
  }

  /** W1 x (A B) = (I x A) (W1 x B) for Kronecker's product x; A is I where W2 is whole. */
  private static Lycoris kronecker(Map<String, Tensor> f, Tensor one, Tensor two) {
    boolean whole = f.containsKey(KRONECKER + "2");
    Tensor b = whole ? two : named(f, KRONECKER + "2_b");
    Tensor a = whole ? identity(two.size(0)) : named(f, KRONECKER + "2_a");
    Tensor down = kron(one, b);
    Tensor up = kron(identity(one.size(0)), a);
    Tensor factor = f.getOrDefault(KRONECKER + "1_b", f.get(KRONECKER + "2_b"));
    return new Lycoris(down, up, factor == null ? 0 : factor.size(0));
  }

  private static Tensor kron(Tensor x, Tensor y) {
    return x.reshape(x.size(0), 1, x.size(1), 1)
        .times(y.reshape(1, y.size(0), 1, y.size(1)))
        .reshape(x.size(0) * y.size(0), x.size(1) * y.size(1));
  }

  private static Tensor identity(long n) {
    Tensor i = Tensor.arange(n);
    Tensor far = i.unsqueeze(0).minus(i.unsqueeze(1)).to(DType.F32).abs();
    return far.clamp(0, 1).neg().plus(1);
  }

  /** A matrix that is stored whole or as two factors; null where it is not there. */
  private static @Nullable Tensor product(Map<String, Tensor> f, String name) {
    if (f.containsKey(name)) {
      return named(f, name);
    }
    if (!f.containsKey(name + "_a") || !f.containsKey(name + "_b")) {
      return null;
    }
    Tensor a = named(f, name + "_a");
    Tensor b = named(f, name + "_b");
    if (a.size(1) != b.size(0)) {
      throw new LoraException(name + " has factors of different ranks: " + a + ", " + b);
    }
    return a.matmul(b);
  }

  /** A factor as a float32 matrix; kernels are laid out behind their channels. */
  private static Tensor named(Map<String, Tensor> f, String name) {
    Tensor t = f.get(name);
    if (t == null || t.dim() < 2) {
      throw new LoraException("a LyCORIS module lacks the matrix " + name);
    }
    return t.to(DType.F32).reshape(t.size(0), -1);
  }
}
