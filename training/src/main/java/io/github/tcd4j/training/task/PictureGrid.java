package io.github.tcd4j.training.task;

import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Paints a batch of pictures side by side, for a look at how training goes. */
final class PictureGrid {
  private static final int GAP = 2;

  private PictureGrid() {}

  /** Writes pictures (N, 3, H, W) in [-1, 1] as a PNG of {@code columns} columns. */
  static void write(Path png, Tensor pictures, int columns) throws IOException {
    int n = Math.toIntExact(pictures.size(0));
    int h = Math.toIntExact(pictures.size(2));
    int w = Math.toIntExact(pictures.size(3));
    int rows = (n + columns - 1) / columns;
    BufferedImage image =
        new BufferedImage(
            columns * (w + GAP) - GAP, rows * (h + GAP) - GAP, BufferedImage.TYPE_INT_RGB);
    byte[] bytes = bytes(pictures);
    for (int i = 0; i < n; i++) {
      for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
          int at = ((i * h + y) * w + x) * 3;
          int rgb = (bytes[at] & 255) << 16 | (bytes[at + 1] & 255) << 8 | (bytes[at + 2] & 255);
          image.setRGB(i % columns * (w + GAP) + x, i / columns * (h + GAP) + y, rgb);
        }
      }
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ImageIO.write(image, "png", file);
    Files.createDirectories(png.toAbsolutePath().getParent());
    AtomicFile.write(png, file.toByteArray());
  }

  private static byte[] bytes(Tensor pictures) {
    try (Scope scope = Scope.inference()) {
      return pictures
          .plus(1)
          .times(127.5)
          .clamp(0, 255)
          .round()
          .permute(0, 2, 3, 1)
          .to(DType.U8)
          .toByteArray();
    }
  }
}
