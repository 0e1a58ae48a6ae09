package io.github.tcd4j.training.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImageDatasetTest {
  /** Images of 512x512; the number of each is the first of its bytes, modulo 256. */
  private record Large(int size) implements Dataset {
    @Override
    public CaptionedImage get(int i) {
      byte[] pixels = new byte[3 * 512 * 512];
      pixels[0] = (byte) i;
      return new CaptionedImage("" + i, pixels, 512, 512, "caption " + i, Map.of());
    }
  }

  @Test
  void imagesMayHaveMoreBytesTogetherThanAnArrayCanHold() {
    ImageDataset corpus = new ImageDataset(new Large(3000), Device.CPU);

    try (Scope scope = Scope.inference()) {
      Tensor batch = corpus.pictures(new int[] {2999, 3});

      assertThat(batch.shape()).containsExactly(2, 3, 512, 512);
      float[] values = batch.contiguous().toFloatArray();
      assertThat(values[0]).isEqualTo((2999 % 256) / 127.5f - 1);
      assertThat(values[3 * 512 * 512]).isEqualTo(3 / 127.5f - 1);
      assertThat(corpus.captions(new int[] {2999})).containsExactly("caption 2999");
    }
  }
}
