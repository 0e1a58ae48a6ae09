package io.github.tcd4j.tensor.file;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;

/**
 * The bytes of an open file as tensors. Each tensor that looks into the file has a map of its own,
 * which goes with it: the pages of what has been freed, or read and converted, count no longer
 * against this process.
 *
 * @param start where in the file the tensors' bytes begin to be counted
 * @param longest bytes that one map may have
 */
public record MappedBytes(FileChannel file, long start, int longest) {
  /** The longest piece that {@link FileChannel#map} gives. */
  static final int LONGEST = Integer.MAX_VALUE;

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
      if (map.alignmentOffset(0, type.bytes()) != 0) {
        Unmapper.of(map);
        return copy(type, begin, end, shape);
      }
      return TensorMemory.view(type, map, Unmapper::of, shape);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same in memory of its own. */
  Tensor copy(DType type, long begin, long end, long... shape) {
    Tensor result = Tensor.empty(type, shape);
    try {
      for (long at = begin; at < end; ) {
        long length = Math.min(longest, end - at);
        ByteBuffer part = TensorMemory.bytes(result, at - begin, length);
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
}
