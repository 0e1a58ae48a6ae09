package io.github.tcd4j.cli.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreviewCommandTest {
  private static final String ARTWORK = "artwork=../emoji/data/train";

  @TempDir Path folder;

  @Test
  void aSheetOfScenesIsDrawn() throws Exception {
    Path sheet = folder.resolve("new/sheet.png");

    var run =
        Tcd4j.run(
            "data", "preview", "scenes:" + ARTWORK, "--count", 4, "--columns", 2, "-o", sheet);

    assertThat(run.paths()).containsExactly(sheet);
    var image = ImageIO.read(sheet.toFile());
    // Two columns and two rows of 64 pixels at twice the size, with captions beside them.
    assertThat(image.getWidth()).isGreaterThan(2 * 128 + 100);
    assertThat(image.getHeight()).isBetween(2 * 128, 2 * 128 + 160);
  }

  @Test
  void whatCannotBeIsWrongUsage() {
    refuses("colour=1", "scenes:colour=1");
    refuses("--count and --columns must be at least 1", "scenes", "--count", 0);
    refuses(
        "below the number of images, 171, but was 171", "../emoji/data/validation", "--from", 171);
  }

  private static void refuses(String message, Object... arguments) {
    Object[] all = Stream.concat(Stream.of("data", "preview"), Arrays.stream(arguments)).toArray();
    Tcd4j run = Tcd4j.run(all);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.sentence()).contains(message);
  }
}
