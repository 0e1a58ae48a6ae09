package io.github.tcd4j.tensor.file;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorMemory.Float8;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The element types that a safetensors file may have, by its names, and as what each is read. */
enum StoredType {
  F32(4, DType.F32),
  F16(2, DType.F16),
  BF16(2, DType.BF16),
  F64(8, DType.F64),
  I64(8, DType.I64),
  I32(4, DType.I32),
  U8(1, DType.U8),
  BOOL(1, DType.BOOL),
  /** In half precision, which holds each of its values. */
  F8_E4M3(Float8.E4M3FN),
  /** In half precision, of which it is the upper byte. */
  F8_E5M2(Float8.E5M2),
  F8_E8M0(1, null),
  I8(1, null),
  I16(2, null),
  U16(2, null),
  U32(4, null),
  U64(8, null),
  C64(8, null);

  private final int bytes;
  private final @Nullable DType readAs;
  private final @Nullable Float8 small;

  StoredType(int bytes, @Nullable DType readAs) {
    this.bytes = bytes;
    this.readAs = readAs;
    small = null;
  }

  StoredType(Float8 small) {
    bytes = 1;
    readAs = DType.F16;
    this.small = small;
  }

  /** The type of that name; null where we know of none, as a newer format may have. */
  static @Nullable StoredType named(String name) {
    return Arrays.stream(values()).filter(t -> t.name().equals(name)).findAny().orElse(null);
  }

  /** Those that can be read. */
  static List<StoredType> readable() {
    return Arrays.stream(values()).filter(t -> t.readAs != null).toList();
  }

  /** Size of one element in bytes. */
  int bytes() {
    return bytes;
  }

  /** What {@link #read} gives; null where it cannot be read. */
  @Nullable DType readAs() {
    return readAs;
  }

  /** A way to have the tensor of some bytes. */
  @FunctionalInterface
  interface Way {
    Tensor take(DType type);
  }

  /** A tensor of this type, which must be one of {@link #readable}. */
  Tensor read(Way way) {
    if (readAs == null) {
      throw new IllegalStateException(this + " cannot be read");
    }
    if (small == null) {
      return way.take(readAs);
    }
    try (Scope scope = Scope.inference()) {
      Tensor bits = way.take(DType.U8);
      return scope.keep(small.read(bits, readAs));
    }
  }
}
