package io.github.tcd4j.pipeline.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ImageTensorsTest {
  @Test
  void pixelsAreRoundedToTheNearestLevel() {
    try (Scope scope = Scope.inference()) {
      float[] values = {-2, -1, 0, 0.5f, 1, 3, -0.999f, 0.999f, 0.003f, -0.003f, 0.25f, -0.25f};
      Image image = ImageTensors.toImages(Tensor.of(values, 1, 3, 2, 2)).get(0);
      // Channels come first in the tensor and last in the picture; 127.5 goes to the even level.
      int[] levels = new int[12];
      for (int i = 0; i < 12; i++) {
        levels[i % 4 * 3 + i / 4] =
            (int) Math.rint(Math.min(Math.max(values[i] / 2 + 0.5f, 0), 1) * 255);
      }
      for (int i = 0; i < 12; i++) {
        assertThat(image.rgb()[i] & 0xff).isEqualTo(levels[i]);
      }
    }
  }
}
