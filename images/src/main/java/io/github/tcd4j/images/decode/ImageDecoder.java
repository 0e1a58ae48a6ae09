package io.github.tcd4j.images.decode;

import io.github.tcd4j.images.Image;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Decodes PNG, JPEG and WebP files. The pixels are those of Pillow's {@code
 * ImageOps.exif_transpose(image)}, composed on white where it is transparent: colour profiles and
 * gamma are not applied, of an animation the first frame is taken. One difference: 16-bit grey is
 * scaled to 8 bits, where Pillow 13 cuts it off at 255 and so shows most of it as white. Lossy WebP
 * differs by up to 20 levels at edges of colour, whose coarser planes the decoder enlarges without
 * interpolation.
 *
 * <p>The format is recognised by the content. What Pillow refuses is refused, and more: checksums
 * and every warning of the JPEG decoder count, so that no image is used half.
 */
public final class ImageDecoder {
  /**
   * More pixels than this are refused, as a warning of Pillow's does ({@code MAX_IMAGE_PIXELS}).
   */
  public static final long MAX_PIXELS = 89_478_485;

  private ImageDecoder() {}

  /**
   * The image in the bytes of a file.
   *
   * @throws ImageFormatException if it is damaged, too large or of another format
   */
  public static Image decode(byte[] file) throws ImageFormatException {
    return decode(file, Reading.AS_SEEN);
  }

  /**
   * The image in the bytes of a file, as it is looked at or as programs for measures read it.
   *
   * @throws ImageFormatException if it is damaged, too large or of another format
   */
  public static Image decode(byte[] file, Reading reading) throws ImageFormatException {
    try {
      return decodeAny(file, reading);
    } catch (IndexOutOfBoundsException e) {
      throw new ImageFormatException("its structure is damaged", e);
    }
  }

  /**
   * The image in the bytes of a file as {@code Image.open} of Pillow has it, neither turned nor
   * composed.
   *
   * @throws ImageFormatException if it is damaged, too large or of another format
   */
  public static StoredImage stored(byte[] file) throws ImageFormatException {
    try {
      if (PngDecoder.recognises(file)) {
        return PngDecoder.stored(file);
      }
      if (JpegDecoder.recognises(file)) {
        return JpegDecoder.stored(file);
      }
      if (WebpDecoder.recognises(file)) {
        return WebpDecoder.stored(file);
      }
      return StoredImage.of(decodeAny(file, Reading.AS_STORED), StoredImage.Kind.COLOURS);
    } catch (IndexOutOfBoundsException e) {
      throw new ImageFormatException("its structure is damaged", e);
    }
  }

  /**
   * Pixels that a file declares, for limits lower than {@link #MAX_PIXELS}; nothing is decoded.
   *
   * @throws ImageFormatException if it is damaged, or of another format
   */
  public static long declaredPixels(byte[] file) throws ImageFormatException {
    try {
      if (PngDecoder.recognises(file)) {
        return PngDecoder.pixels(file);
      }
      if (JpegDecoder.recognises(file)) {
        JpegSegments segments = JpegSegments.read(file);
        return (long) segments.width() * segments.height();
      }
      if (WebpDecoder.recognises(file)) {
        return WebpDecoder.pixels(file);
      }
    } catch (IndexOutOfBoundsException e) {
      throw new ImageFormatException("its structure is damaged", e);
    }
    throw new ImageFormatException("it is " + kind(file) + ", but PNG, JPEG and WebP are read");
  }

  /**
   * The transparency of a PNG as grey: white where it is transparent, black where it is opaque.
   *
   * @return null for a file that is no PNG, or is opaque everywhere
   * @throws ImageFormatException if it is damaged or too large
   */
  public static @Nullable Image transparency(byte[] file) throws ImageFormatException {
    try {
      return PngDecoder.recognises(file) ? PngDecoder.transparency(file) : null;
    } catch (IndexOutOfBoundsException e) {
      throw new ImageFormatException("its structure is damaged", e);
    }
  }

  private static Image decodeAny(byte[] file, Reading reading) throws ImageFormatException {
    if (file.length == 0) {
      throw new ImageFormatException("the file is empty");
    }
    if (PngDecoder.recognises(file)) {
      return PngDecoder.decode(file, reading);
    }
    if (JpegDecoder.recognises(file)) {
      return JpegDecoder.decode(file, reading);
    }
    if (WebpDecoder.recognises(file)) {
      return WebpDecoder.decode(file, reading);
    }
    throw new ImageFormatException("it is " + kind(file) + ", but PNG, JPEG and WebP are read");
  }

  private static String kind(byte[] file) {
    String start = new String(file, 0, Math.min(12, file.length), StandardCharsets.ISO_8859_1);
    if (start.startsWith("GIF8")) {
      return "a GIF";
    }
    if (start.startsWith("BM")) {
      return "a BMP";
    }
    if (start.startsWith("II*\0") || start.startsWith("MM\0*")) {
      return "a TIFF";
    }
    if (start.startsWith("ftypavif", 4)) {
      return "an AVIF";
    }
    if (start.startsWith("ftyp", 4)) {
      return "a HEIC or a video";
    }
    if (start.startsWith("\u00ff\n") || start.startsWith("JXL ", 4)) {
      return "a JPEG XL";
    }
    return start.stripLeading().startsWith("<") ? "an SVG or an HTML page" : "no image";
  }

  /** Refuses declared sizes that would fill the memory before a byte is decoded. */
  static void requireSize(long width, long height) throws ImageFormatException {
    if (width < 1 || height < 1) {
      throw new ImageFormatException("it declares " + width + "x" + height + " pixels");
    }
    if (width > MAX_PIXELS || height > MAX_PIXELS || width * height > MAX_PIXELS) {
      throw new ImageFormatException(
          "it declares "
              + width
              + "x"
              + height
              + " pixels, more than the "
              + MAX_PIXELS
              + " allowed");
    }
  }
}
