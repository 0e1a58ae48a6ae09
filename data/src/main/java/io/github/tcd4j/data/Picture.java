package io.github.tcd4j.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * A decoded picture.
 *
 * @param pixels unsigned bytes (3, height, width)
 */
@SuppressWarnings("ArrayRecordComponent") // lives only until an CaptionedImage is made of it
record Picture(byte[] pixels, int width, int height) {
  private static final int MAX_SIDE = 8192;

  /** Decodes a PNG or another format that Java knows; transparent parts show white. */
  static Picture decode(byte[] file) throws IOException {
    try (var stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
      if (!readers.hasNext()) {
        throw new IOException("not a picture");
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(stream, true, true);
        if (Math.max(reader.getWidth(0), reader.getHeight(0)) > MAX_SIDE) {
          throw new IOException("larger than " + MAX_SIDE + " pixels");
        }
        return of(reader.read(0));
      } finally {
        reader.dispose();
      }
    } catch (RuntimeException e) {
      // Damaged files make the JDK's readers stumble over their own indices.
      throw new IOException("damaged picture", e);
    }
  }

  private static Picture of(BufferedImage image) {
    int w = image.getWidth();
    int h = image.getHeight();
    byte[] pixels = new byte[3 * w * h];
    boolean palette = image.getColorModel() instanceof IndexColorModel;
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int argb = palette ? image.getRGB(x, y) : argb(image.getRaster(), x, y);
        int alpha = argb >>> 24;
        for (int c = 0; c < 3; c++) {
          int value = argb >> (16 - 8 * c) & 255;
          pixels[(c * h + y) * w + x] = (byte) ((value * alpha + 255 * (255 - alpha) + 127) / 255);
        }
      }
    }
    return new Picture(pixels, w, h);
  }

  /**
   * The samples as they stand in the file, and not through {@code getRGB}, which takes grey as
   * linear light and so brightens it.
   */
  private static int argb(Raster raster, int x, int y) {
    int bands = raster.getNumBands();
    int red = sample(raster, x, y, 0);
    int green = bands < 3 ? red : sample(raster, x, y, 1);
    int blue = bands < 3 ? red : sample(raster, x, y, 2);
    int alpha = bands % 2 == 1 ? 255 : sample(raster, x, y, bands - 1);
    return alpha << 24 | red << 16 | green << 8 | blue;
  }

  private static int sample(Raster raster, int x, int y, int band) {
    int bits = raster.getSampleModel().getSampleSize(band);
    int max = (1 << bits) - 1;
    return (raster.getSample(x, y, band) * 255 + max / 2) / max;
  }
}
