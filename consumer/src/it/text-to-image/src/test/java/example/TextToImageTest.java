package example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.tensor.Device;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The program of the README, on the class path, without any flag. */
class TextToImageTest {
  @Test
  void aPromptBecomesAPicture() {
    Path folder = Path.of(System.getProperty("tcd4j.emoji"));
    try (TextToImage model = TextToImage.load(ModelFolder.open("emoji", folder), Device.CPU)) {
      Request request = Request.builder("red apple, fluent 3d style").seed(42).build();
      Picture first = model.generate(request, Progress.SILENT).get(0);
      Picture second = model.generate(request, Progress.SILENT).get(0);
      assertEquals(64, first.image().width());
      assertArrayEquals(first.image().rgb(), second.image().rgb());
    }
  }
}
