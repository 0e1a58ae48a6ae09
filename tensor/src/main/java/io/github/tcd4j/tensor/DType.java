package io.github.tcd4j.tensor;

import org.bytedeco.pytorch.global.torch.ScalarType;

/** Element type of a {@link Tensor}; the names are those of the safetensors format. */
public enum DType {
  F32(ScalarType.Float, 4),
  F16(ScalarType.Half, 2),
  BF16(ScalarType.BFloat16, 2),
  F64(ScalarType.Double, 8),
  I64(ScalarType.Long, 8),
  I32(ScalarType.Int, 4),
  U8(ScalarType.Byte, 1),
  BOOL(ScalarType.Bool, 1);

  final ScalarType scalarType;
  private final int bytes;

  DType(ScalarType scalarType, int bytes) {
    this.scalarType = scalarType;
    this.bytes = bytes;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** Whether this is one of F16, BF16, F32, F64. */
  public boolean isFloating() {
    return this == F32 || this == F16 || this == BF16 || this == F64;
  }

  static DType of(ScalarType type) {
    for (DType d : values()) {
      if (d.scalarType.value == type.value) {
        return d;
      }
    }
    throw new TensorException(
        "element type " + type + " is not one of " + java.util.List.of(values()));
  }
}
