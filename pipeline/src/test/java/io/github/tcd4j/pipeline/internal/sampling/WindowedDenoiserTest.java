package io.github.tcd4j.pipeline.internal.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WindowedDenoiserTest {
  private static final Denoiser SQUARES =
      (x, t, s) -> new Prediction(Prediction.Kind.EPSILON, x.square());

  @Test
  void windowsCoverAllAndOverlapAtLeastAsMuchAsWanted() {
    assertThat(WindowedDenoiser.starts(8, 2, 8)).containsExactly(0);
    assertThat(WindowedDenoiser.starts(8, 2, 5)).containsExactly(0);
    assertThat(WindowedDenoiser.starts(8, 2, 9)).containsExactly(0, 1);
    assertThat(WindowedDenoiser.starts(8, 2, 14)).containsExactly(0, 6);
    assertThat(WindowedDenoiser.starts(8, 2, 15)).containsExactly(0, 4, 7);
    for (int size = 9; size < 60; size++) {
      List<Integer> starts = WindowedDenoiser.starts(8, 2, size);
      assertThat(starts.get(starts.size() - 1)).isEqualTo(size - 8);
      for (int i = 1; i < starts.size(); i++) {
        assertThat(starts.get(i) - starts.get(i - 1)).isBetween(1, 6);
      }
    }
  }

  @Test
  void aNetworkThatLooksAtEachElementAloneIsTheSameInWindows() {
    try (Scope scope = Scope.inference()) {
      Tensor x = new RandomSource(4).normal(2, 3, 11, 19);
      Tensor t = Tensor.of(new float[] {5, 5}, 2);
      List<Long> sizes = new ArrayList<>();
      Denoiser recording =
          (w, times, s) -> {
            sizes.add(w.size(2) * 100 + w.size(3));
            return SQUARES.at(w, times, s);
          };
      Prediction p =
          new WindowedDenoiser(recording, WindowedDenoiser.windows(8, 3, 11, 19), 3).at(x, t, t);

      assertThat(p.kind()).isEqualTo(Prediction.Kind.EPSILON);
      assertThat(p.output().minus(x.square()).abs().max().item()).isLessThan(1e-5);
      assertThat(sizes).hasSize(2 * 4).containsOnly(808L);
    }
  }

  @Test
  void whereTwoWindowsDisagreeTheResultGoesOverFromOneToTheOther() {
    try (Scope scope = Scope.inference()) {
      Tensor x = new RandomSource(4).normal(1, 1, 1, 12);
      Tensor t = Tensor.of(new float[] {5}, 1);
      int[] calls = {0};
      // The first window says 0, the second 1.
      Denoiser counting =
          (w, times, s) -> new Prediction(Prediction.Kind.EPSILON, w.times(0).plus(calls[0]++));
      float[] output =
          new WindowedDenoiser(counting, WindowedDenoiser.windows(8, 4, 1, 12), 4)
              .at(x, t, t)
              .output()
              .toFloatArray();

      assertThat(output[3]).isZero();
      assertThat(output[8]).isOne();
      float[] ramp = {0.2f, 0.4f, 0.6f, 0.8f};
      for (int i = 0; i < 4; i++) {
        assertThat(output[4 + i]).isEqualTo(ramp[i], within(1e-6f));
      }
    }
  }

  @Test
  void eachWindowHasItsOwnNetwork() {
    try (Scope scope = Scope.inference()) {
      Tensor x = Tensor.zeros(DType.F32, 1, 1, 1, 12);
      Tensor t = Tensor.of(new float[] {5}, 1);
      WindowedDenoiser windows =
          new WindowedDenoiser(
              i -> (w, times, s) -> new Prediction(Prediction.Kind.V, w.plus(10.0 * i)),
              WindowedDenoiser.windows(8, 4, 1, 12),
              4);

      float[] output = windows.at(x, t, t).output().toFloatArray();

      assertThat(output[0]).isZero();
      assertThat(output[11]).isEqualTo(10);
    }
  }

  @Test
  void theirPixelsAreCountedWithoutThem() {
    for (int size = 8; size < 40; size += 3) {
      long seen =
          WindowedDenoiser.windows(8, 3, size, 2 * size).stream()
              .mapToLong(w -> (long) w.width() * w.height())
              .sum();
      assertThat(new Upscaling(2, 80, 30).seen(2 * size * 10, size * 10)).isEqualTo(100 * seen);
    }
    assertThat(Upscaling.OWN.seen(30, 20)).isEqualTo(600);
  }

  @Test
  void anOverlapOfAWholeWindowIsRefused() {
    assertThatThrownBy(() -> WindowedDenoiser.windows(8, 8, 9, 9)).hasMessageContaining("8 and 8");
  }
}
