package io.github.tcd4j.tensor;

import static io.github.tcd4j.tensor.NativeCall.call;
import static io.github.tcd4j.tensor.NativeCall.op;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * An n-dimensional array in native memory. Operations return new tensors and leave their operands
 * as they are; only the methods whose name ends in an underscore write in place. Two operands are
 * broadcast as in PyTorch. What an operation cannot do is a {@link TensorException} that names it
 * and the shapes.
 *
 * <p>Memory belongs to the {@link Scope} that is open where the tensor is made; without one, to the
 * caller, who closes it.
 */
public final class Tensor implements AutoCloseable {
  static {
    Engine.load();
  }

  private final org.bytedeco.pytorch.Tensor handle;

  /** Of a handle of libtorch, which it owns from now on. */
  Tensor(org.bytedeco.pytorch.Tensor handle) {
    this.handle = handle;
  }

  org.bytedeco.pytorch.Tensor handle() {
    return handle;
  }

  // --- making ---

  public static Tensor of(float[] values, long... shape) {
    return new Tensor(
        org.bytedeco.pytorch.Tensor.create(values, HostCopy.shape(shape, values.length)));
  }

  public static Tensor of(double[] values, long... shape) {
    return new Tensor(
        org.bytedeco.pytorch.Tensor.create(values, HostCopy.shape(shape, values.length)));
  }

  public static Tensor of(long[] values, long... shape) {
    return new Tensor(
        org.bytedeco.pytorch.Tensor.create(values, HostCopy.shape(shape, values.length)));
  }

  /** Unsigned bytes as a U8 tensor. */
  public static Tensor of(byte[] values, long... shape) {
    return new Tensor(
        org.bytedeco.pytorch.Tensor.create(values, false, HostCopy.shape(shape, values.length)));
  }

  /** A float32 tensor of no dimension. */
  public static Tensor scalar(double value) {
    return full(value, DType.F32);
  }

  public static Tensor empty(DType type, long... shape) {
    return new Tensor(torch.empty(shape, options(type), null));
  }

  public static Tensor zeros(DType type, long... shape) {
    return new Tensor(torch.zeros(shape, options(type)));
  }

  public static Tensor ones(DType type, long... shape) {
    return new Tensor(torch.ones(shape, options(type)));
  }

  public static Tensor full(double value, DType type, long... shape) {
    return new Tensor(torch.full(shape, new Scalar(value), options(type)));
  }

  /** 0, 1, ... n-1 as int64. */
  public static Tensor arange(long n) {
    return new Tensor(torch.arange(new Scalar(n), options(DType.I64)));
  }

  public Tensor zerosLike() {
    return new Tensor(torch.zeros_like(handle));
  }

  static TensorOptions options(DType type) {
    return new TensorOptions(type.scalarType);
  }

  // --- asking ---

  /** Whether its memory is gone: it was closed, or the scope that it belonged to. */
  public boolean isFreed() {
    return handle.isNull();
  }

  /**
   * The elements of this one's memory from {@code offset} on, at steps of {@code strides} elements
   * along each dimension; a view.
   */
  public Tensor strided(long[] shape, long[] strides, long offset) {
    return new Tensor(handle.as_strided(shape, strides, new LongOptional(offset)));
  }

  public long[] shape() {
    long[] shape = new long[(int) handle.dim()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = handle.size(i);
    }
    return shape;
  }

  /** Size of dimension {@code d}; negative counts from the end. */
  public long size(int d) {
    return handle.size(d);
  }

  public int dim() {
    return (int) handle.dim();
  }

  public long numel() {
    return handle.numel();
  }

  public DType dtype() {
    return DType.of(handle.scalar_type());
  }

  public Device device() {
    if (handle.is_cuda()) {
      return new Device(Device.Kind.CUDA, handle.device().index());
    }
    return handle.is_mps() ? Device.MPS : handle.is_meta() ? Device.META : Device.CPU;
  }

  /** The only element of a tensor of one element. */
  public double item() {
    return handle.item_double();
  }

  /** Element {@code i} of a 1-dimensional tensor. */
  public double item(long i) {
    try (Scope scope = Scope.inference()) {
      return select(0, i).item();
    }
  }

  public float[] toFloatArray() {
    return HostCopy.floats(this);
  }

  public double[] toDoubleArray() {
    return HostCopy.doubles(this);
  }

  public long[] toLongArray() {
    return HostCopy.longs(this);
  }

  /** The raw little-endian bytes, rows in order. */
  public byte[] toByteArray() {
    return HostCopy.bytes(this);
  }

  /** Whether shape and every element are the same; NaN equals nothing. */
  public boolean sameAs(Tensor other) {
    return Arrays.equals(shape(), other.shape()) && handle.equal(other.handle);
  }

  /** Whether no element is NaN or infinite; true where there are no numbers. */
  public boolean isFinite() {
    try (Scope scope = Scope.inference()) {
      return handle.is_meta() || new Tensor(handle.isfinite().all()).item() != 0;
    }
  }

  /** In another type; where it has that type already, the same memory, with an owner of its own. */
  public Tensor to(DType type) {
    return handle.scalar_type().value == type.scalarType.value
        ? shared()
        : op("to", () -> handle.to(type.scalarType), this);
  }

  /** On another device; where it is there already, the same memory, with an owner of its own. */
  public Tensor to(Device device) {
    return device.equals(device())
        ? shared()
        : new Tensor(handle.to(device.toNative(), handle.scalar_type()));
  }

  public Tensor contiguous() {
    return new Tensor(handle.contiguous());
  }

  /** Channels innermost in memory, for 4 dimensions; else the same memory, with its own owner. */
  public Tensor channelsLast() {
    return dim() == 4
        ? op("channelsLast", () -> handle.contiguous(MemoryFormat.ChannelsLast), this)
        : shared();
  }

  /** The same tensor, gradient included, which lives until both are closed. */
  Tensor shared() {
    return new Tensor(new org.bytedeco.pytorch.Tensor(handle));
  }

  public Tensor copy() {
    return new Tensor(handle.clone());
  }

  public Tensor plus(Tensor o) {
    return op("plus", () -> handle.add(o.handle), this, o);
  }

  public Tensor plus(double o) {
    return new Tensor(handle.add(new Scalar(o)));
  }

  public Tensor minus(Tensor o) {
    return op("minus", () -> handle.sub(o.handle), this, o);
  }

  public Tensor minus(double o) {
    return new Tensor(handle.sub(new Scalar(o)));
  }

  public Tensor times(Tensor o) {
    return op("times", () -> handle.mul(o.handle), this, o);
  }

  public Tensor times(double o) {
    return new Tensor(handle.mul(new Scalar(o)));
  }

  public Tensor div(Tensor o) {
    return op("div", () -> handle.div(o.handle), this, o);
  }

  public Tensor div(double o) {
    return new Tensor(handle.div(new Scalar(o)));
  }

  /** this + b o. */
  public Tensor plus(Tensor o, double b) {
    return op("plus", () -> handle.add(o.handle, new Scalar(b)), this, o);
  }

  /** a this + b o, where o is at most as large as this: two passes and one new piece of memory. */
  public Tensor blend(double a, Tensor o, double b) {
    return op(
        "blend",
        () -> {
          var sum = handle.mul(new Scalar(a));
          sum.add_(o.handle, new Scalar(b));
          return sum;
        },
        this,
        o);
  }

  public Tensor matmul(Tensor o) {
    return op("matmul", () -> torch.matmul(handle, o.handle), this, o);
  }

  public Tensor neg() {
    return new Tensor(handle.neg());
  }

  public Tensor abs() {
    return new Tensor(handle.abs());
  }

  public Tensor square() {
    return new Tensor(handle.square());
  }

  public Tensor sqrt() {
    return new Tensor(handle.sqrt());
  }

  public Tensor exp() {
    return new Tensor(handle.exp());
  }

  public Tensor log() {
    return new Tensor(handle.log());
  }

  public Tensor sin() {
    return new Tensor(handle.sin());
  }

  public Tensor cos() {
    return new Tensor(handle.cos());
  }

  public Tensor round() {
    return new Tensor(handle.round());
  }

  public Tensor floor() {
    return new Tensor(handle.floor());
  }

  public Tensor sigmoid() {
    return new Tensor(handle.sigmoid());
  }

  public Tensor clamp(double low, double high) {
    return new Tensor(
        handle.clamp(new ScalarOptional(new Scalar(low)), new ScalarOptional(new Scalar(high))));
  }

  public Tensor maximum(Tensor o) {
    return op("maximum", () -> torch.maximum(handle, o.handle), this, o);
  }

  /** A BOOL tensor, true where this is less than {@code o}. */
  public Tensor lessThan(Tensor o) {
    return op("lessThan", () -> handle.lt(o.handle), this, o);
  }

  /** Where this BOOL tensor is true the element of {@code yes}, else that of {@code no}. */
  public Tensor where(Tensor yes, Tensor no) {
    return op("choose", () -> torch.where(handle, yes.handle, no.handle), this, yes, no);
  }

  // --- reductions ---

  public Tensor sum() {
    return new Tensor(handle.sum());
  }

  /** Sum over {@code dims}, which stay with size 1 if {@code keep}. */
  public Tensor sum(boolean keep, long... dims) {
    return op("sum", () -> handle.sum(dims, keep, new ScalarTypeOptional()), this);
  }

  public Tensor mean() {
    return new Tensor(handle.mean());
  }

  /** Mean over {@code dims}, which stay with size 1 if {@code keep}. */
  public Tensor mean(boolean keep, long... dims) {
    return op("mean", () -> handle.mean(dims, keep, new ScalarTypeOptional()), this);
  }

  public Tensor max() {
    return new Tensor(handle.max());
  }

  public Tensor min() {
    return new Tensor(handle.min());
  }

  /** Indices that sort along {@code d}, int64; equal elements keep their order. */
  public Tensor argsort(long d, boolean descending) {
    return op("argsort", () -> handle.argsort(true, d, descending), this);
  }

  // --- shape ---

  public Tensor reshape(long... shape) {
    return op("reshape to " + Arrays.toString(shape), () -> handle.reshape(shape), this);
  }

  public Tensor permute(long... dims) {
    return op("permute " + Arrays.toString(dims), () -> handle.permute(dims), this);
  }

  public Tensor transpose(long a, long b) {
    return op("transpose", () -> handle.transpose(a, b), this);
  }

  public Tensor unsqueeze(long d) {
    return op("unsqueeze", () -> handle.unsqueeze(d), this);
  }

  public Tensor expand(long... shape) {
    return op("expand to " + Arrays.toString(shape), () -> handle.expand(shape), this);
  }

  public Tensor repeat(long... times) {
    return op("repeat " + Arrays.toString(times), () -> handle.repeat(times), this);
  }

  /** Elements start .. start+length-1 along {@code d}; shares memory. */
  public Tensor narrow(long d, long start, long length) {
    return op(
        "narrow(" + d + ", " + start + ", " + length + ")",
        () -> handle.narrow(d, start, length),
        this);
  }

  /** The {@code i}-th slice along {@code d}, without that dimension; shares memory. */
  public Tensor select(long d, long i) {
    return op("select(" + d + ", " + i + ")", () -> handle.select(d, i), this);
  }

  /** The slices named by an int64 tensor along {@code d}, in its order. */
  public Tensor indexSelect(long d, Tensor indices) {
    return op("indexSelect", () -> handle.index_select(d, indices.handle), this, indices);
  }

  /** The element named by {@code indices} along {@code d}, which has this tensor's dimensions. */
  public Tensor gather(long d, Tensor indices) {
    return op("gather", () -> handle.gather(d, indices.handle), this, indices);
  }

  public Tensor flip(long... dims) {
    return op("flip", () -> handle.flip(dims), this);
  }

  /** {@code n} pieces of nearly equal size along {@code d}; they share memory. */
  public Tensor[] chunk(int n, long d) {
    TensorVector v = call("chunk", () -> handle.chunk(n, d), this);
    return NativeCall.unpack(v);
  }

  public static Tensor cat(long d, Tensor... parts) {
    return op("cat", () -> torch.cat(NativeCall.vector(List.of(parts)), d), parts);
  }

  // --- gradients ---

  public Tensor detach() {
    return new Tensor(handle.detach());
  }

  /** Marks a leaf as one whose {@link Autograd#gradient gradient} is wanted; returns this. */
  public Tensor requiresGrad_(boolean wanted) {
    handle.requires_grad_(wanted);
    return this;
  }

  public boolean requiresGrad() {
    return handle.requires_grad();
  }

  // --- in place ---

  /** Overwrites the elements with those of {@code source}, converting its type. */
  public Tensor copyFrom_(Tensor source) {
    try (Scope scope = Scope.inference()) {
      op("copyFrom_", () -> handle.copy_(source.handle), this, source);
    }
    return this;
  }

  /** Takes the memory of {@code other}, of the same shape and type, for all who hold this. */
  public Tensor setData_(Tensor other) {
    if (!Arrays.equals(shape(), other.shape()) || dtype() != other.dtype()) {
      throw new TensorException("setData_: " + this + " cannot take the data of " + other);
    }
    try (Scope scope = Scope.inference()) {
      handle.__dispatch_set_data(other.handle);
    }
    return this;
  }

  @Override
  public String toString() {
    return dtype() + Arrays.toString(shape());
  }

  @Override
  public void close() {
    handle.close();
  }
}
