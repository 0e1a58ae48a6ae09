package io.github.tcd4j.pipeline.preview;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.Tiny;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LatentPreviewTest {
  private static final LatentPreview MAP =
      new LatentPreview(
          List.of(List.of(0.5, 0.0, -0.25), List.of(0.0, 0.125, 0.5)), List.of(0.1, -0.2, 0.3));

  @Test
  void theFitFindsTheMapThatMadeTheColours() {
    try (Scope scope = Scope.inference()) {
      Tensor latents = new RandomSource(3).normal(4, 2, 5, 3);
      Tensor red = latents.narrow(1, 0, 1).times(0.5).plus(0.1);
      Tensor green = latents.narrow(1, 1, 1).times(0.125).plus(-0.2);
      Tensor blue =
          latents.narrow(1, 0, 1).times(-0.25).plus(latents.narrow(1, 1, 1), 0.5).plus(0.3);
      LatentPreview fitted = LatentPreview.fit(latents, Tensor.cat(1, red, green, blue));

      for (int c = 0; c < 2; c++) {
        for (int k = 0; k < 3; k++) {
          assertThat(fitted.weights().get(c).get(k))
              .isEqualTo(MAP.weights().get(c).get(k), within(1e-5));
        }
      }
      assertThat(fitted.bias().get(1)).isEqualTo(-0.2, within(1e-5));
    }
  }

  @Test
  void eachLatentElementBecomesAPixelInItsPlace() {
    try (Scope scope = Scope.inference()) {
      Tensor latents = Tensor.of(new float[] {1, 0, 0, 0, 2, 0, 0, 0}, 1, 2, 1, 4);
      byte[] rgb = MAP.images(latents).get(0).rgb();

      // (0.5 + 0.1, -0.2 + 0.25, -0.25 + 1 + 0.3) to levels; blue is cut at white.
      assertThat(rgb).startsWith((byte) 204, (byte) 134, (byte) 255);
      assertThat(rgb).hasSize(12).endsWith((byte) 140, (byte) 102, (byte) 166);
      assertThatThrownBy(() -> MAP.images(Tensor.zeros(DType.F32, 1, 4, 1, 1)))
          .hasMessageContaining("latents of 2 channels but these have 4");
    }
  }

  @Test
  void aModelHasAPreviewOfEachStepForItsHooks() {
    try (TextToImage model = Tiny.load()) {
      LatentPreview preview = model.preview();
      List<Integer> widths = new ArrayList<>();
      model.generate(
          Request.builder(Tiny.PROMPT)
              .steps(2)
              .hook(
                  (node, next, x, x0) -> {
                    widths.add(preview.images(x0.get()).get(0).width());
                    return x;
                  })
              .build());

      assertThat(preview.weights()).hasSize(4);
      assertThat(widths).containsExactly(8, 8);
    }
  }
}
