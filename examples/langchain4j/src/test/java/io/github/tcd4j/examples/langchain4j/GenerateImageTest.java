package io.github.tcd4j.examples.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateImageTest {
  private static final String EMOJI = "../../emoji";

  @TempDir Path folder;

  @Test
  void theProgramWritesTheImageOfTheLibraryAndChangesIt() throws Exception {
    Path apple = folder.resolve("apple.png");
    Path green = folder.resolve("green.png");
    GenerateImage.main(new String[] {EMOJI, apple.toString(), green.toString()});

    try (TextToImage model = TextToImage.load(Path.of(EMOJI))) {
      Request request = Request.builder("red apple, fluent 3d style").seed(42).build();
      assertThat(Files.readAllBytes(apple)).isEqualTo(model.generate(request).get(0).toPng());
    }
    assertThat(ImageIO.read(green.toFile()).getWidth()).isEqualTo(64);
    assertThat(Files.mismatch(apple, green)).isNotEqualTo(-1);
  }
}
