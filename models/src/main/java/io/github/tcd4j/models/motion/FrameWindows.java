package io.github.tcd4j.models.motion;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Overlapping windows over the frames of a video that is longer than a motion adapter knows. They
 * begin at 0, {@code length - overlap}, twice that and so on; the last one begins so much earlier
 * that it ends with the video. Where windows overlap, what they give is averaged with weights that
 * rise by one from frame to frame to the middle of a window and fall again, 1 2 2 1 or 1 2 3 2 1
 * ("standard static" windows fused by "pyramid" in AnimateDiff-Evolved; the windows and weights of
 * FreeNoise, Qiu et al. 2023, in diffusers, whose last window is another where it has to be moved).
 *
 * @param length frames of a window, at least 1
 * @param overlap frames that neighbours share, in [0, length)
 */
public record FrameWindows(int length, int overlap) {
  public FrameWindows {
    if (length < 1 || overlap < 0 || overlap >= length) {
      throw new IllegalArgumentException(
          ("a window needs at least 1 frame and a smaller overlap but has " + length + " and ")
              + overlap);
    }
  }

  /** The first frame of each window of a video; 0 alone where one window holds it. */
  public List<Integer> starts(int frames) {
    List<Integer> starts = new ArrayList<>();
    int start = 0;
    while (start + length < frames) {
      starts.add(start);
      start += length - overlap;
    }
    starts.add(Math.max(0, frames - length));
    return starts;
  }

  /** The weight of frame i of a window, from 1. */
  int weight(int i) {
    return Math.min(i, length - 1 - i) + 1;
  }

  /**
   * What a map of windows makes of a whole video.
   *
   * @param x a video, its frames along dimension {@code d}
   * @param windows maps frames of x from each of {@link #starts} on, in their order, to as many of
   *     any other shape
   */
  public Tensor average(Tensor x, int d, List<? extends UnaryOperator<Tensor>> windows) {
    int frames = Math.toIntExact(x.size(d));
    List<Integer> starts = starts(frames);
    if (starts.size() != windows.size()) {
      throw new IllegalArgumentException(
          frames + " frames have " + starts.size() + " windows but got " + windows.size());
    }
    if (starts.size() == 1) {
      return windows.get(0).apply(x);
    }
    float[] total = new float[frames];
    Tensor sum = null;
    for (int i = 0; i < windows.size(); i++) {
      int start = starts.get(i);
      Tensor y = windows.get(i).apply(x.narrow(d, start, length));
      float[] weights = new float[length];
      for (int k = 0; k < length; k++) {
        weights[k] = weight(k);
        total[start + k] += weights[k];
      }
      sum = sum == null ? zeros(y, d, frames) : sum;
      Tensor part = sum.narrow(d, start, length);
      part.copyFrom_(part.plus(y.times(along(y, d, weights))));
    }
    if (sum == null) {
      throw new IllegalStateException("a video without windows");
    }
    return sum.div(along(sum, d, total));
  }

  private static Tensor zeros(Tensor window, int d, int frames) {
    long[] shape = window.shape();
    shape[d] = frames;
    return Tensor.zeros(DType.F32, shape).to(window.device()).to(window.dtype());
  }

  /** Numbers along one dimension, of the type and on the device of {@code like}. */
  private static Tensor along(Tensor like, int d, float... values) {
    long[] shape = new long[like.dim()];
    java.util.Arrays.fill(shape, 1);
    shape[d] = values.length;
    return Tensor.of(values, shape).to(like.device()).to(like.dtype());
  }
}
