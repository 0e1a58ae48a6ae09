package io.github.tcd4j.tensor;

import java.util.Arrays;
import java.util.function.Consumer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;

/** Between the elements of a tensor, rows in order, and Java arrays. */
final class HostCopy {
  private HostCopy() {}

  /** The shape for {@code length} elements of an array; none given means one dimension. */
  static long[] shape(long[] shape, int length) {
    long[] result = shape.length == 0 ? new long[] {length} : shape;
    long n = Arrays.stream(result).reduce(1, (a, b) -> a * b);
    if (n != length) {
      throw new TensorException(
          "shape " + Arrays.toString(shape) + " has " + n + " elements but got " + length);
    }
    return result;
  }

  static float[] floats(Tensor t) {
    float[] out = new float[Math.toIntExact(t.numel())];
    read(t, DType.F32, p -> new FloatPointer(p).capacity(out.length).get(out));
    return out;
  }

  static double[] doubles(Tensor t) {
    double[] out = new double[Math.toIntExact(t.numel())];
    read(t, DType.F64, p -> new DoublePointer(p).capacity(out.length).get(out));
    return out;
  }

  static long[] longs(Tensor t) {
    long[] out = new long[Math.toIntExact(t.numel())];
    read(t, DType.I64, p -> new LongPointer(p).capacity(out.length).get(out));
    return out;
  }

  static byte[] bytes(Tensor t) {
    byte[] out = new byte[Math.toIntExact(t.numel() * t.dtype().bytes())];
    read(t, t.dtype(), p -> new BytePointer(p).capacity(out.length).get(out));
    return out;
  }

  private static void read(Tensor t, DType type, Consumer<Pointer> copy) {
    if (t.numel() == 0) {
      return;
    }
    try (Scope scope = Scope.inference()) {
      copy.accept(t.to(type).to(Device.CPU).contiguous().handle().data_ptr());
    }
  }
}
