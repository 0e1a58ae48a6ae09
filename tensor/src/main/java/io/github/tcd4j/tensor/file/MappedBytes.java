package io.github.tcd4j.tensor.file;

import io.github.tcd4j.tensor.ConvolutionKernel;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.PointerConsumer;
import org.bytedeco.pytorch.global.torch;

/**
 * The bytes of an open file as tensors. Each tensor that looks into the file has a map of its own,
 * which goes with it: the pages of what has been freed, or read and converted, count no longer
 * against this process.
 *
 * @param start where in the file the tensors' bytes begin to be counted
 * @param longest bytes that one map may have
 */
public record MappedBytes(FileChannel file, long start, int longest) {
  static {
    // Before the first class of JavaCPP, which settles what the Engine would set.
    Engine.load();
  }

  /** The longest piece that {@link FileChannel#map} gives. */
  static final int LONGEST = Integer.MAX_VALUE;

  /** The maps that some tensor looks into, by the address of its first element. */
  private static final Map<Long, MappedByteBuffer> MAPS = new ConcurrentHashMap<>();

  private static final PointerConsumer RELEASE = releasing();

  /** The tensor in the bytes {@code begin .. end-1}: a view where it can be, else a copy. */
  Tensor tensor(DType type, long begin, long end, long... shape) {
    if (begin == end) {
      return Tensor.empty(type, shape);
    }
    if (end - begin > longest) {
      return copy(type, begin, end, shape);
    }
    try {
      MappedByteBuffer map = file.map(FileChannel.MapMode.READ_ONLY, start + begin, end - begin);
      Pointer memory = new BytePointer(map);
      if (memory.address() % type.bytes() != 0) {
        Unmapper.of(map);
        return copy(type, begin, end, shape);
      }
      return view(type, map, memory, shape);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Tensor view(DType type, MappedByteBuffer map, Pointer memory, long... shape) {
    MAPS.put(memory.address(), map);
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

  /** The same in memory of its own. */
  Tensor copy(DType type, long begin, long end, long... shape) {
    Tensor result = Tensor.empty(type, shape);
    BytePointer target = new BytePointer(result.handle().data_ptr());
    try {
      for (long at = begin; at < end; ) {
        long length = Math.min(longest, end - at);
        ByteBuffer part = target.getPointer(at - begin).capacity(length).asByteBuffer();
        int read = file.read(part, start + at);
        if (read < 0) {
          throw new TensorFileException("the file was shortened while it was read");
        }
        at += read;
      }
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads the pages of the map that {@code t} looks into, if it does. */
  static void bringIn(Tensor t) {
    if (ConvolutionKernel.isPacked(t)) {
      return;
    }
    try (PointerScope scope = new PointerScope()) {
      MappedByteBuffer map = MAPS.get(t.handle().data_ptr().address());
      if (map != null) {
        map.load();
      }
    }
  }

  /** Number of maps that some tensor looks into, for tests. */
  public static int held() {
    return MAPS.size();
  }

  private static void release(Pointer memory) {
    MappedByteBuffer map = MAPS.remove(memory.address());
    if (map != null) {
      Unmapper.of(map);
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
}
