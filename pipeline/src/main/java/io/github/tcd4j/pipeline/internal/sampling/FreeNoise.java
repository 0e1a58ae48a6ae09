package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.models.motion.FrameWindows;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The noise of long videos after Qiu et al. 2023: what lies behind the first window is the noise of
 * earlier frames again, a few at a time in another order, so that windows far from each other start
 * from the same noise (diffusers' {@code shuffle_context}).
 */
public final class FreeNoise {
  private FreeNoise() {}

  /**
   * The noise of videos (B, C, F, h, w) with later frames replaced.
   *
   * @param random the source of each video, of which the noise was drawn
   */
  public static Tensor shuffled(Tensor noise, List<RandomSource> random, FrameWindows windows) {
    Tensor[] videos = new Tensor[random.size()];
    for (int i = 0; i < videos.length; i++) {
      long[] order = order(Math.toIntExact(noise.size(2)), random.get(i), windows);
      Tensor indices = Tensor.of(order, order.length).to(noise.device());
      videos[i] = noise.narrow(0, i, 1).indexSelect(2, indices);
    }
    return Tensor.cat(0, videos);
  }

  /** The frame whose noise each frame has. */
  static long[] order(int frames, RandomSource random, FrameWindows windows) {
    long[] order = new long[frames];
    for (int f = 0; f < frames; f++) {
      order[f] = f;
    }
    int stride = windows.length() - windows.overlap();
    for (int at = windows.length(); at < frames; at += stride) {
      int from = at - windows.length();
      List<Integer> turned = permutation(Math.min(frames, from + stride) - from, random);
      for (int k = 0; k < Math.min(turned.size(), frames - at); k++) {
        order[at + k] = order[from + turned.get(k)];
      }
    }
    return order;
  }

  /** As {@code torch.randperm} on the processor: each place exchanged with one behind it. */
  static List<Integer> permutation(int n, RandomSource random) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      numbers.add(i);
    }
    for (int i = 0; i < n - 1; i++) {
      int other = i + (int) random.integers(n - i, 1).item();
      Integer here = numbers.get(i);
      numbers.set(i, numbers.get(other));
      numbers.set(other, here);
    }
    return numbers;
  }
}
