package io.github.tcd4j.images.decode;

import io.github.tcd4j.images.Image;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * JPEG files. Java's own libjpeg decodes the components; what they mean is decided here, since Java
 * applies colour profiles and refuses CMYK.
 */
final class JpegDecoder {
  private JpegDecoder() {}

  static boolean recognises(byte[] file) {
    return new Bytes(file, true).has(0, "\u00ff\u00d8\u00ff");
  }

  static Image decode(byte[] file, Reading reading) throws ImageFormatException {
    JpegSegments segments = JpegSegments.read(file);
    return reading.turned(stored(segments).rgb(), segments.exif());
  }

  static StoredImage stored(byte[] file) throws ImageFormatException {
    return stored(JpegSegments.read(file));
  }

  private static StoredImage stored(JpegSegments segments) throws ImageFormatException {
    byte[] in = components(segments);
    int n = segments.ids().length;
    int width = segments.width();
    int height = segments.height();
    JpegColour colour = JpegColour.of(segments);
    int channels = colour.inks() ? 4 : 3;
    byte[] out = new byte[channels * width * height];
    for (int i = 0; i < width * height; i++) {
      colour.convert(in, n * i, out, channels * i);
    }
    return colour.inks()
        ? new StoredImage(StoredImage.ofInks(out, width, height), StoredImage.Kind.INKS, out)
        : StoredImage.of(new Image(width, height, out), StoredImage.Kind.COLOURS);
  }

  /** Interleaved components, as large as the image. */
  private static byte[] components(JpegSegments segments) throws ImageFormatException {
    List<String> warnings = new ArrayList<>();
    ImageReader reader = reader();
    try (var stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(segments.stream()))) {
      // libjpeg fills in grey where data are damaged, and only warns.
      reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
      reader.setInput(stream, true, true);
      Raster raster = reader.readRaster(0, null);
      if (!warnings.isEmpty()) {
        throw new ImageFormatException("its data are damaged (" + warnings.get(0) + ")");
      }
      int n = segments.ids().length;
      if (raster.getNumBands() != n
          || raster.getWidth() != segments.width()
          || raster.getHeight() != segments.height()) {
        throw new ImageFormatException("it decodes to another size than it declares");
      }
      byte[] out = new byte[n * raster.getWidth() * raster.getHeight()];
      raster.getDataElements(0, 0, raster.getWidth(), raster.getHeight(), out);
      return out;
    } catch (ImageFormatException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new ImageFormatException("it cannot be decoded (" + e.getMessage() + ")", e);
    } finally {
      reader.dispose();
    }
  }

  private static ImageReader reader() throws ImageFormatException {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      // Others that are on the class path wrap this one and convert colours.
      if (reader.getClass().getName().startsWith("com.sun.imageio")) {
        return reader;
      }
    }
    throw new ImageFormatException(
        "this Java has no JPEG reader; it needs the module java.desktop");
  }
}
