package io.github.tcd4j.tensor;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.ListType;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.OperatorName;
import org.jspecify.annotations.Nullable;

/**
 * Kernels of convolutions in the order in which oneDNN reads them. libtorch else brings a kernel
 * into that order in every call, which takes longer than the convolution itself where the map is
 * small: SD1.5's at 8x8 and 16x16. The sums are the same to the last bits.
 *
 * <p>A packed kernel has its shape and type and serves maps of any size, but no operation other
 * than {@link Functional#conv2d} knows it, and no gradient goes through it.
 */
public final class ConvolutionKernel {
  /** The schema's place of the scalars of an operation that would follow; none does. */
  private static final int SCALARS = 8;

  private static final int LINEAR_SCALARS = 4;

  /** A map of this size stands for all: the order hardly depends on it. */
  private static final long MAP = 32;

  private ConvolutionKernel() {}

  /**
   * The kernel (out, in, k, k), float32 or bfloat16 on the CPU, packed; as it is, channels last,
   * where this libtorch came without oneDNN.
   */
  public static Tensor pack(Tensor kernel) {
    int padding = Math.toIntExact(kernel.size(2) / 2);
    return pack(
        kernel, new ConvolutionGeometry(1, padding, Math.toIntExact(kernel.size(3) / 2), 1), MAP);
  }

  /**
   * The same of a kernel (out, in / groups, kh, kw) for a window that moves so.
   *
   * @param side of the maps that it will mostly read; on others it may be many times slower
   */
  public static Tensor pack(Tensor kernel, ConvolutionGeometry geometry, long side) {
    if (isPacked(kernel)) {
      return kernel.shared();
    }
    Tensor plain = kernel.channelsLast();
    OperatorHandle reorder = Operators.REORDER;
    if (reorder == null) {
      return plain;
    }
    return NativeCall.op(
        "pack",
        () ->
            Scope.result(
                    () ->
                        call(
                            reorder,
                            new IValue(plain.handle()),
                            list(geometry.paddings()),
                            list(geometry.strides()),
                            list(1, 1),
                            new IValue((long) geometry.groups()),
                            list(1, kernel.size(1) * geometry.groups(), side, side)))
                .handle(),
        kernel);
  }

  /**
   * The weight (out, in) of a linear layer, float32 on the CPU, packed likewise: its product takes
   * half the time of libtorch's own. No operation other than {@link Functional#linear} knows it. As
   * it is where this libtorch came without oneDNN.
   */
  public static Tensor packLinear(Tensor weight) {
    OperatorHandle reorder = Operators.REORDER_LINEAR;
    if (reorder == null || isPacked(weight)) {
      return weight.shared();
    }
    return NativeCall.op(
        "packLinear",
        () ->
            Scope.result(
                    () ->
                        call(
                            reorder,
                            new IValue(weight.contiguous().handle()),
                            new IValue(MAP * MAP)))
                .handle(),
        weight);
  }

  /** What {@link Functional#linear} does with it: x (..., in) to (..., out). */
  static Tensor linear(Tensor x, Tensor weight, @Nullable Tensor bias) {
    OperatorHandle product = Operators.LINEAR;
    if (product == null) {
      throw new IllegalStateException("a packed weight without oneDNN");
    }
    return Scope.result(
        () ->
            call(
                product,
                new IValue(x.contiguous().handle()),
                new IValue(weight.handle()),
                bias == null ? new IValue() : new IValue(bias.handle()),
                new IValue("none"),
                new IValue(new GenericList(Operators.scalars(product, LINEAR_SCALARS))),
                new IValue()));
  }

  /** Whether it is one that {@link #pack} made. */
  public static boolean isPacked(Tensor kernel) {
    return kernel.handle().is_mkldnn();
  }

  /** The kernel as every operation knows it, by a handle of its own. */
  public static Tensor unpack(Tensor kernel) {
    return isPacked(kernel)
        ? NativeCall.op("unpack", () -> kernel.handle().to_dense(), kernel)
        : kernel.shared();
  }

  /**
   * What {@link Functional#conv2d} does with a packed kernel.
   *
   * @param then what follows on each element while it is in the processor's cache: "none" or "relu"
   */
  static Tensor convolve(
      Tensor x, Tensor kernel, @Nullable Tensor bias, ConvolutionGeometry geometry, String then) {
    OperatorHandle convolution = Operators.CONVOLUTION;
    if (convolution == null) {
      throw new IllegalStateException("a packed kernel without oneDNN");
    }
    return Scope.result(
        () ->
            call(
                convolution,
                new IValue(x.handle()),
                new IValue(kernel.handle()),
                bias == null ? new IValue() : new IValue(bias.handle()),
                list(geometry.paddings()),
                list(geometry.strides()),
                list(1, 1),
                new IValue((long) geometry.groups()),
                new IValue(then),
                new IValue(new GenericList(Operators.scalars(convolution, SCALARS))),
                new IValue()));
  }

  private static Tensor call(OperatorHandle operator, IValue... arguments) {
    IValueVector stack = new IValueVector(arguments);
    operator.callBoxed(stack);
    return new Tensor(new org.bytedeco.pytorch.Tensor(stack.get(0).toTensor()));
  }

  private static IValue list(long... values) {
    GenericList list = new GenericList(ListType.ofInts().containedType(0));
    for (long value : values) {
      list.insert(list.end(), new IValue(value));
    }
    return new IValue(list);
  }

  /** libtorch's operators without a method of their own. */
  private static final class Operators {
    static final @Nullable OperatorHandle REORDER = find("mkldnn::_reorder_convolution_weight");
    static final @Nullable OperatorHandle REORDER_LINEAR = find("mkldnn::_reorder_linear_weight");
    static final @Nullable OperatorHandle LINEAR = find("mkldnn::_linear_pointwise");
    static final @Nullable OperatorHandle CONVOLUTION = find("mkldnn::_convolution_pointwise");

    private static @Nullable OperatorHandle find(String name) {
      Engine.load();
      // Kept for good, whatever scope is open.
      try (PointerScope scope = new PointerScope()) {
        var found = Dispatcher.singleton().findSchema(new OperatorName(name, ""));
        if (!found.has_value()) {
          return null;
        }
        OperatorHandle operator = new OperatorHandle(found.get());
        operator.retainReference();
        scope.detach(operator);
        return operator;
      }
    }

    static org.bytedeco.pytorch.Type.TypePtr scalars(OperatorHandle operator, int at) {
      return operator.schema().arguments().position(at).type().get().containedType(0);
    }
  }
}
