package io.github.tcd4j.training.task;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/** The shard of the steps that {@code oracle/make_distill_fixtures.py} writes out in PyTorch. */
public final class TwoPictures {
  private static final List<String> CAPTIONS = List.of("red apple, fluent 3d style!", "green");
  private static final List<String> SIZES =
      List.of(
          "{\"original_height\": 20, \"original_width\": 30}",
          "{\"original_height\": 18, \"original_width\": 18}");

  private TwoPictures() {}

  /** Writes both, of {@code size} pixels a side. */
  public static Path write(Path file, int size) throws IOException {
    try (TestShard shard = new TestShard(file)) {
      for (int b = 0; b < 2; b++) {
        shard.add("p" + b + ".png", pixels(b, size)).add("p" + b + ".txt", CAPTIONS.get(b));
        shard.add("p" + b + ".json", SIZES.get(b));
      }
    }
    return file;
  }

  private static byte[] pixels(int b, int size) throws IOException {
    BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        int rgb = 0;
        for (int c = 0; c < 3; c++) {
          rgb = rgb << 8 | (37 * b + 50 * c + 5 * y + (11 + 2 * b) * x) % 256;
        }
        image.setRGB(x, y, rgb);
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }
}
