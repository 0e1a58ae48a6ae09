package io.github.tcd4j.tensor;

import io.github.tcd4j.files.Hint;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.TensorVector;

/** Calls into libtorch whose failure names the operation and the shapes that it was given. */
final class NativeCall {
  private NativeCall() {}

  static Tensor op(String name, Supplier<org.bytedeco.pytorch.Tensor> body, Tensor... operands) {
    if (!OperationProfile.ON) {
      return new Tensor(call(name, body, operands));
    }
    long start = System.nanoTime();
    Tensor result = new Tensor(call(name, body, operands));
    OperationProfile.add(name, System.nanoTime() - start);
    return result;
  }

  static <T> T call(String name, Supplier<T> body, Tensor... operands) {
    try {
      return body.get();
    } catch (RuntimeException e) {
      StringBuilder shapes = new StringBuilder();
      for (Tensor t : operands) {
        shapes.append(shapes.isEmpty() ? "" : ", ").append(t);
      }
      if (TensorException.outOfMemory(e)) {
        throw new TensorException(
            "out of memory in " + name + " on " + shapes, Hint.LESS_MEMORY, e);
      }
      throw new TensorException(name + " failed on " + shapes + ": " + firstLine(e), e);
    }
  }

  /** What follows the first line is libtorch's own stack. */
  private static String firstLine(RuntimeException e) {
    String text = String.valueOf(e.getMessage());
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }

  static TensorVector vector(List<Tensor> tensors) {
    return new TensorVector(
        tensors.stream().map(Tensor::handle).toArray(org.bytedeco.pytorch.Tensor[]::new));
  }

  static Tensor[] unpack(TensorVector v) {
    Tensor[] result = new Tensor[Math.toIntExact(v.size())];
    for (int i = 0; i < result.length; i++) {
      // A handle of its own: what get gives lies in the vector's memory, and ends with it.
      result[i] = new Tensor(new org.bytedeco.pytorch.Tensor(v.get(i)));
    }
    return result;
  }
}
