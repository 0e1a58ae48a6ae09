package io.github.tcd4j.tensor.file;

import io.github.tcd4j.tensor.DType;
import java.util.List;

/**
 * A tensor as a pickle describes it: some elements of a storage. Its constructor believes nothing.
 *
 * @param storage where its elements lie
 * @param offset of the first element, in elements
 * @param sizes its shape
 * @param strides steps between neighbours in each dimension, in elements
 */
record TorchTensor(Storage storage, long offset, List<Long> sizes, List<Long> strides) {
  private static final int MAX_DIMENSIONS = 64;

  /**
   * The bytes of one entry of the zip.
   *
   * @param begin of its first byte in the file
   * @param numel number of elements
   */
  record Storage(DType dtype, long begin, long numel) {}

  TorchTensor {
    if (sizes.size() != strides.size() || sizes.size() > MAX_DIMENSIONS) {
      throw fault(storage, offset, sizes, strides);
    }
    try {
      long last = offset;
      long numel = 1;
      boolean negative = offset < 0;
      for (int i = 0; i < sizes.size(); i++) {
        negative |= sizes.get(i) < 0 || strides.get(i) < 0;
        numel = Math.multiplyExact(numel, sizes.get(i));
        long steps = Math.max(0, sizes.get(i) - 1);
        last = Math.addExact(last, Math.multiplyExact(steps, strides.get(i)));
      }
      // Strides of 0 could ask for any number of elements.
      boolean outside = numel > 0 && (last >= storage.numel || numel > storage.numel);
      if (negative || outside || offset > storage.numel) {
        throw fault(storage, offset, sizes, strides);
      }
    } catch (ArithmeticException e) {
      throw fault(storage, offset, sizes, strides);
    }
    sizes = List.copyOf(sizes);
    strides = List.copyOf(strides);
  }

  private static PickleReader.Fault fault(
      Storage storage, long offset, List<Long> sizes, List<Long> strides) {
    return new PickleReader.Fault(
        ("a tensor of shape " + sizes + " with strides " + strides + " and offset " + offset)
            + (" does not lie in its storage of " + storage.numel + " elements"));
  }

  DType dtype() {
    return storage.dtype;
  }

  long[] shape() {
    return sizes.stream().mapToLong(Long::longValue).toArray();
  }

  long[] strideArray() {
    return strides.stream().mapToLong(Long::longValue).toArray();
  }

  long numel() {
    return sizes.stream().reduce(1L, (a, b) -> a * b);
  }

  /** Whether the elements lie in order and without gaps. */
  boolean contiguous() {
    long expected = 1;
    for (int i = sizes.size() - 1; i >= 0; i--) {
      if (sizes.get(i) != 1 && strides.get(i) != expected) {
        return numel() == 0;
      }
      expected *= sizes.get(i);
    }
    return true;
  }
}
