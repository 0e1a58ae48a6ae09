package io.github.tcd4j.training.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.DataException;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
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

  private static Tensor sizes(Map<String, String> fields) {
    CaptionedImage image = new CaptionedImage("p", new byte[3 * 8 * 4], 8, 4, "c", fields);
    return new ImageDataset(Dataset.of(List.of(image)), Device.CPU).timeIds(new int[] {0});
  }

  @Test
  void sizesAreTheOriginalTheCropAndTheImagesOwnHeightFirst() {
    try (Scope scope = Scope.inference()) {
      assertThat(sizes(Map.of()).toFloatArray()).containsExactly(4, 8, 0, 0, 4, 8);
      Map<String, String> fields =
          Map.of(
              "original_width", "640", "original_height", "480", "crop_left", "7", "crop_top", "5");
      assertThat(sizes(fields).toFloatArray()).containsExactly(480, 640, 5, 7, 4, 8);
    }
  }

  @Test
  void aSizeThatIsNoNumberIsNamedWithItsImage() {
    assertThatThrownBy(() -> sizes(Map.of("original_width", "wide")))
        .isInstanceOf(DataException.class)
        .hasMessage("p: original_width must be a whole number of pixels but was wide");
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
