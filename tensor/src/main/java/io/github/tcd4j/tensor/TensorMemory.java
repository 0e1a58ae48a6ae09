package io.github.tcd4j.tensor;

import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.PointerConsumer;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The memory of tensors as the JDK sees it, for reading and writing files. */
public final class TensorMemory {
  static {
    // Before the first class of JavaCPP, which settles what the Engine would set.
    Engine.load();
  }

  /**
   * A part of a file that some tensor looks into.
   *
   * @param release called once the tensor is gone
   */
  private record View(MappedByteBuffer map, Consumer<MappedByteBuffer> release) {}

  /** By the address of the tensor's first element. */
  private static final Map<Long, View> VIEWS = new ConcurrentHashMap<>();

  private static final PointerConsumer RELEASE = releasing();

  private TensorMemory() {}

  /**
   * A tensor that looks into a file and copies nothing.
   *
   * @param map all its bytes, aligned for its type
   * @param release called with the map once the tensor is gone, also where it cannot be made
   */
  public static Tensor view(
      DType type, MappedByteBuffer map, Consumer<MappedByteBuffer> release, long... shape) {
    Pointer memory = new BytePointer(map);
    VIEWS.put(memory.address(), new View(map, release));
    boolean made = false;
    try {
      Tensor view = new Tensor(torch.from_blob(memory, shape, RELEASE, Tensor.options(type)));
      made = true;
      return view;
    } finally {
      if (!made) {
        release(memory);
      }
    }
  }

  /** Reads the pages of the file that {@code t} looks into, if it does. */
  public static void bringIn(Tensor t) {
    if (ConvolutionKernel.isPacked(t)) {
      return;
    }
    try (PointerScope scope = new PointerScope()) {
      View view = VIEWS.get(t.handle().data_ptr().address());
      if (view != null) {
        view.map.load();
      }
    }
  }

  /** Number of parts of files that some tensor looks into. */
  public static int views() {
    return VIEWS.size();
  }

  /**
   * The bytes {@code at .. at + length - 1} of a contiguous tensor of the CPU, to be read or
   * written as long as it lives.
   */
  public static ByteBuffer bytes(Tensor t, long at, long length) {
    BytePointer memory = new BytePointer(t.handle().data_ptr());
    return memory.<BytePointer>getPointer(at).capacity(length).asByteBuffer();
  }

  private static void release(Pointer memory) {
    View view = VIEWS.remove(memory.address());
    if (view != null) {
      view.release.accept(view.map);
    }
  }

  private static PointerConsumer releasing() {
    // libtorch may call this at any time, so no scope that happens to be open may own it.
    try (PointerScope scope = new PointerScope()) {
      PointerConsumer consumer =
          new PointerConsumer() {
            @Override
            public void call(Pointer memory) {
              release(memory);
            }
          };
      consumer.retainReference();
      scope.detach(consumer);
      return consumer;
    }
  }

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
}
