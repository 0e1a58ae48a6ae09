package io.github.tcd4j.training.task;

import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.data.Example;
import java.util.List;

/**
 * Pictures of one size with their captions, in memory.
 *
 * @param pixels U8 (N, 3, H, W), on the processor
 * @param device where the pictures of a batch are wanted
 */
record Corpus(Tensor pixels, List<String> captions, Device device) {
  /** Pictures that are copied at once where all of them would be too much. */
  private static final int PORTION = 64;

  /** The examples in order; all have one size. The tensor belongs to the open scope. */
  static Corpus of(List<Example> examples, Device device) {
    Example first = examples.get(0);
    int bytes = first.pixels().length;
    byte[] all = new byte[Math.multiplyExact(bytes, examples.size())];
    for (int i = 0; i < examples.size(); i++) {
      System.arraycopy(examples.get(i).pixels(), 0, all, i * bytes, bytes);
    }
    return new Corpus(
        Tensor.of(all, examples.size(), 3, first.height(), first.width()),
        examples.stream().map(Example::caption).toList(),
        device);
  }

  int size() {
    return captions.size();
  }

  /** The pictures {@code rows} as float32 in [-1, 1], channels last. */
  Tensor pictures(int[] rows) {
    Tensor chosen = pixels.indexSelect(0, indices(rows)).to(device);
    return chosen.to(DType.F32).div(127.5).minus(1).channelsLast();
  }

  List<String> captions(int[] rows) {
    return java.util.Arrays.stream(rows).mapToObj(captions::get).toList();
  }

  void addPixelsTo(Sha256 sha) {
    for (int from = 0; from < size(); from += PORTION) {
      try (Scope scope = Scope.inference()) {
        int n = Math.min(PORTION, size() - from);
        sha.add(pixels.narrow(0, from, n).contiguous().toByteArray());
      }
    }
  }

  static Tensor indices(int[] rows) {
    return Tensor.of(java.util.Arrays.stream(rows).asLongStream().toArray());
  }

  /** 0 .. n-1. */
  static int[] range(int from, int to) {
    return java.util.stream.IntStream.range(from, to).toArray();
  }
}
