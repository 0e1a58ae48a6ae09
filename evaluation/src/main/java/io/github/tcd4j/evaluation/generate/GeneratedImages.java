package io.github.tcd4j.evaluation.generate;

import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * Pictures in a folder of {@link ImageCache}: 00000.png, 00001.png, ...
 *
 * @param identity what they are
 */
record GeneratedImages(Path folder, int size, String identity) implements ImageSet {
  static Path file(Path folder, int index) {
    return folder.resolve("%05d.png".formatted(index));
  }

  @Override
  public List<Path> files(Path unused) {
    return IntStream.range(0, size).mapToObj(i -> file(folder, i)).toList();
  }

  @Override
  public Tensor pixels(int start, int count) {
    byte[] all = new byte[0];
    int width = 0;
    int height = 0;
    for (int i = 0; i < count; i++) {
      Path file = file(folder, start + i);
      Raster raster = read(file).getRaster();
      if (i == 0) {
        width = raster.getWidth();
        height = raster.getHeight();
        all = new byte[Math.multiplyExact(count, 3 * width * height)];
      } else if (width != raster.getWidth() || height != raster.getHeight()) {
        throw new EvaluationException(
            file + " has another size than the pictures before it; delete " + folder);
      }
      copy(raster, all, i * 3 * width * height);
    }
    return Tensor.of(all, count, 3, height, width);
  }

  private static void copy(Raster raster, byte[] pixels, int offset) {
    int plane = raster.getWidth() * raster.getHeight();
    int[] samples = new int[plane];
    for (int c = 0; c < 3; c++) {
      raster.getSamples(0, 0, raster.getWidth(), raster.getHeight(), c, samples);
      for (int i = 0; i < plane; i++) {
        pixels[offset + c * plane + i] = (byte) samples[i];
      }
    }
  }

  private static BufferedImage read(Path file) {
    try {
      @Nullable BufferedImage image = ImageIO.read(file.toFile());
      if (image != null && image.getRaster().getNumBands() == 3) {
        return image;
      }
      throw new EvaluationException(file + " is no RGB picture; delete it to generate it again");
    } catch (IOException e) {
      throw new EvaluationException(file + " is damaged; delete it to generate it again", e);
    }
  }
}
