package io.github.tcd4j.tensor;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.PointerConsumer;
import org.bytedeco.pytorch.global.torch;

/**
 * Part of a file in memory, as the pieces that one map may have (2 GB in Java 17), and the tensors
 * that look into it. A tensor, with every view of it, holds its piece: it stays mapped as long as
 * libtorch needs it, whoever forgets this object.
 */
final class MappedBytes {
  /** The longest piece that {@link FileChannel#map} gives. */
  static final int LONGEST = Integer.MAX_VALUE;

  private static final Map<Long, Hold> HOLDS = new ConcurrentHashMap<>();
  private static final PointerConsumer RELEASE = release();

  /** A piece and how many tensors start at one address in it. */
  private record Hold(MappedByteBuffer piece, int tensors) {}

  private final NavigableMap<Long, MappedByteBuffer> pieces = new TreeMap<>();

  /**
   * Maps the bytes from {@code start} on, cut where a tensor begins as long as tensors are shorter
   * than {@code longest}.
   */
  MappedBytes(FileChannel file, long start, Iterable<SafeTensorsHeader.Entry> entries, int longest)
      throws IOException {
    long begin = 0;
    long end = 0;
    for (SafeTensorsHeader.Entry e : entries) {
      if (e.end() - begin > longest) {
        map(file, start, begin, end, longest);
        begin = end;
      }
      end = e.end();
    }
    map(file, start, begin, end, longest);
  }

  private void map(FileChannel file, long start, long begin, long end, int longest)
      throws IOException {
    for (long at = begin; at < end; at += longest) {
      long length = Math.min(longest, end - at);
      pieces.put(at, file.map(FileChannel.MapMode.READ_ONLY, start + at, length));
    }
  }

  /** The tensor whose bytes start at {@code begin}: a view where it can be, else a copy. */
  Tensor tensor(DType type, long begin, long end, long... shape) {
    if (begin == end) {
      return Tensor.empty(type, shape);
    }
    var piece = pieces.floorEntry(begin);
    long offset = begin - piece.getKey();
    if (end - piece.getKey() <= piece.getValue().capacity()) {
      Pointer memory = new BytePointer(piece.getValue()).getPointer(offset);
      if (memory.address() % type.bytes() == 0) {
        return view(memory, piece.getValue(), type, shape);
      }
    }
    return copy(type, begin, end, shape);
  }

  private static Tensor view(Pointer memory, MappedByteBuffer piece, DType type, long... shape) {
    HOLDS.merge(
        memory.address(), new Hold(piece, 1), (a, b) -> new Hold(piece, a.tensors + b.tensors));
    return new Tensor(torch.from_blob(memory, shape, RELEASE, Tensor.options(type)));
  }

  private Tensor copy(DType type, long begin, long end, long... shape) {
    Tensor result = Tensor.empty(type, shape);
    BytePointer target = new BytePointer(result.handle().data_ptr());
    for (long at = begin; at < end; ) {
      var piece = pieces.floorEntry(at);
      long offset = at - piece.getKey();
      long length = Math.min(end - at, piece.getValue().capacity() - offset);
      Pointer.memcpy(
          target.getPointer(at - begin),
          new BytePointer(piece.getValue()).getPointer(offset),
          length);
      at += length;
    }
    return result;
  }

  /** Number of addresses at which some tensor looks into a mapped file, for tests. */
  static int held() {
    return HOLDS.size();
  }

  private static PointerConsumer release() {
    // libtorch may call this at any time, so no scope that happens to be open may own it.
    try (PointerScope scope = new PointerScope()) {
      PointerConsumer consumer =
          new PointerConsumer() {
            @Override
            public void call(Pointer memory) {
              HOLDS.computeIfPresent(
                  memory.address(),
                  (a, hold) -> hold.tensors == 1 ? null : new Hold(hold.piece, hold.tensors - 1));
            }
          };
      consumer.retainReference();
      scope.detach(consumer);
      return consumer;
    }
  }
}
