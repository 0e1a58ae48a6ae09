package io.github.tcd4j.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.pipeline.Latents;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PreviewMapTest {
  @Test
  void aLinearDecoderIsLearnedFromOnePicture() {
    SplittableRandom random = new SplittableRandom(1);
    float[] values = new float[4 * 6 * 5];
    byte[] rgb = new byte[3 * 12 * 10];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    for (int y = 0; y < 10; y++) {
      for (int x = 0; x < 12; x++) {
        int p = y / 2 * 6 + x / 2;
        for (int c = 0; c < 3; c++) {
          double v = 128 + 50 * values[c * 30 + p] + 20 * values[3 * 30 + p];
          rgb[3 * (y * 12 + x) + c] = (byte) Math.round(v);
        }
      }
    }
    PreviewMap map = new PreviewMap();
    assertThat(map.of(values, 4, 5, 6)).isNull();
    map.learn(new Latents(4, 5, 6, values), new Image(12, 10, rgb));
    Image preview = map.of(values, 4, 5, 6);

    assertThat(preview.width()).isEqualTo(6);
    for (int y = 0; y < 5; y++) {
      for (int x = 0; x < 6; x++) {
        for (int c = 0; c < 3; c++) {
          int shown = preview.rgb()[3 * (y * 6 + x) + c] & 255;
          assertThat(shown)
              .isBetween(
                  (rgb[3 * (2 * y * 12 + 2 * x) + c] & 255) - 1,
                  (rgb[3 * (2 * y * 12 + 2 * x) + c] & 255) + 1);
        }
      }
    }
    assertThat(map.of(values, 5, 4, 6)).isNull();
  }
}
