package io.github.tcd4j.images.decode;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import io.github.tcd4j.images.Image;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** WebP files of one image, lossy or lossless, decoded by TwelveMonkeys. */
final class WebpDecoder {
  private WebpDecoder() {}

  static boolean recognises(byte[] file) {
    Bytes bytes = new Bytes(file, false);
    return bytes.has(0, "RIFF") && bytes.has(8, "WEBP");
  }

  static long pixels(byte[] file) throws ImageFormatException {
    ImageReader reader = new WebPImageReaderSpi().createReaderInstance(null);
    byte[] stream = WebpChunks.read(file).stream();
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(stream))) {
      reader.setInput(in, true, true);
      return (long) reader.getWidth(0) * reader.getHeight(0);
    } catch (IOException | RuntimeException e) {
      throw new ImageFormatException("it cannot be decoded (" + e.getMessage() + ")", e);
    } finally {
      reader.dispose();
    }
  }

  static Image decode(byte[] file, Reading reading) throws ImageFormatException {
    WebpChunks chunks = WebpChunks.read(file);
    return reading.turned(rgb(pixels(chunks), reading), chunks.exif());
  }

  static StoredImage stored(byte[] file) throws ImageFormatException {
    BufferedImage image = pixels(WebpChunks.read(file));
    Image rgb = rgb(image, Reading.AS_STORED);
    Raster raster = image.getRaster();
    if (raster.getNumBands() < 4) {
      return StoredImage.of(rgb, StoredImage.Kind.COLOURS);
    }
    int[] all = raster.getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
    byte[] samples = new byte[all.length];
    for (int i = 0; i < all.length; i++) {
      samples[i] = (byte) all[i];
    }
    return new StoredImage(rgb, StoredImage.Kind.ALPHA, samples);
  }

  private static BufferedImage pixels(WebpChunks chunks) throws ImageFormatException {
    ImageReader reader = new WebPImageReaderSpi().createReaderInstance(null);
    try (var stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(chunks.stream()))) {
      reader.setInput(stream, true, true);
      ImageDecoder.requireSize(reader.getWidth(0), reader.getHeight(0));
      return reader.read(0);
    } catch (ImageFormatException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new ImageFormatException("it cannot be decoded (" + e.getMessage() + ")", e);
    } finally {
      reader.dispose();
    }
  }

  private static Image rgb(BufferedImage image, Reading reading) {
    Raster raster = image.getRaster();
    int bands = raster.getNumBands();
    byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
    int[] sample = new int[bands];
    int at = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        raster.getPixel(x, y, sample);
        int alpha = bands == 4 ? sample[3] : 255;
        for (int c = 0; c < 3; c++) {
          rgb[at++] = (byte) reading.visible(sample[c], alpha);
        }
      }
    }
    return new Image(image.getWidth(), image.getHeight(), rgb);
  }
}
