package io.github.tcd4j.tensor;

import org.bytedeco.pytorch.global.torch.ScalarType;

/** Numbers of eight bits, which files hold and nothing computes with. */
public enum Float8 {
  /** Four bits of exponent, three of mantissa, no infinities. */
  E4M3FN(ScalarType.Float8_e4m3fn),
  /** Five bits of exponent, two of mantissa. */
  E5M2(ScalarType.Float8_e5m2);

  private final ScalarType type;

  Float8(ScalarType type) {
    this.type = type;
  }

  /**
   * The numbers.
   *
   * @param bits a U8 tensor
   */
  public Tensor read(Tensor bits, DType as) {
    return new Tensor(bits.handle().view(type).to(as.scalarType));
  }
}
