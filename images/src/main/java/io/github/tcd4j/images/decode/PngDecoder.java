package io.github.tcd4j.images.decode;

import io.github.tcd4j.images.Image;
import org.jspecify.annotations.Nullable;

/** PNG files (ISO 15948): every colour type and depth, interlaced or not, transparency on white. */
final class PngDecoder {
  private static final String SIGNATURE = "\u0089PNG\r\n\u001a\n";

  private final PngHeader header;
  private final PngChunks chunks;
  private final Reading reading;
  private final byte[] rgb;

  /** Whether the transparency is decoded in place of the colours. */
  private final boolean clear;

  private PngDecoder(PngHeader header, PngChunks chunks, Reading reading, boolean clear) {
    this.reading = reading;
    this.clear = clear;
    this.header = header;
    this.chunks = chunks;
    rgb = new byte[3 * header.width() * header.height()];
  }

  static boolean recognises(byte[] file) {
    return new Bytes(file, true).has(0, SIGNATURE);
  }

  static long pixels(byte[] file) throws ImageFormatException {
    PngHeader header = PngHeader.read(PngChunks.read(file, SIGNATURE.length()).header());
    return (long) header.width() * header.height();
  }

  static Image decode(byte[] file, Reading reading) throws ImageFormatException {
    return decode(file, reading, false);
  }

  static StoredImage stored(byte[] file) throws ImageFormatException {
    PngHeader header = PngHeader.read(PngChunks.read(file, SIGNATURE.length()).header());
    Image rgb = decode(file, Reading.AS_STORED);
    if (header.colour() == PngHeader.PALETTE || header.depth() == 1) {
      return StoredImage.of(rgb, StoredImage.Kind.INDEXED);
    }
    if (header.channels() % 2 == 1) {
      return StoredImage.of(rgb, StoredImage.Kind.COLOURS);
    }
    byte[] clear = decode(file, Reading.AS_STORED, true).rgb();
    byte[] samples = new byte[clear.length / 3 * 4];
    for (int i = 0; i < clear.length / 3; i++) {
      System.arraycopy(rgb.rgb(), 3 * i, samples, 4 * i, 3);
      samples[4 * i + 3] = (byte) ~clear[3 * i];
    }
    return new StoredImage(rgb, StoredImage.Kind.ALPHA, samples);
  }

  /** Null where all is opaque. */
  static @Nullable Image transparency(byte[] file) throws ImageFormatException {
    PngChunks chunks = PngChunks.read(file, SIGNATURE.length());
    int channels = PngHeader.read(chunks.header()).channels();
    if (channels % 2 == 1 && chunks.transparency().length == 0) {
      return null;
    }
    Image clear = decode(file, Reading.AS_SEEN, true);
    for (byte b : clear.rgb()) {
      if (b != 0) {
        return clear;
      }
    }
    return null;
  }

  private static Image decode(byte[] file, Reading reading, boolean clear)
      throws ImageFormatException {
    PngChunks chunks = PngChunks.read(file, SIGNATURE.length());
    PngHeader header = PngHeader.read(chunks.header());
    if (header.colour() == PngHeader.PALETTE && chunks.palette().length == 0) {
      throw new ImageFormatException("it has no palette");
    }
    PngDecoder decoder = new PngDecoder(header, chunks, reading, clear);
    decoder.fill();
    Image image = new Image(header.width(), header.height(), decoder.rgb);
    return reading.turned(image, chunks.exif());
  }

  private void fill() throws ImageFormatException {
    boolean plain = header.colour() == PngHeader.RGB && header.depth() == 8;
    boolean copied = plain && !header.interlaced() && chunks.transparency().length == 0 && !clear;
    try (PngRows rows = new PngRows(chunks.data())) {
      for (PngPass pass : PngPass.of(header)) {
        rows.startPass(header.rowBytes(pass.width()), header.pixelBytes());
        for (int y = 0; y < pass.height(); y++) {
          byte[] row = rows.next();
          if (copied) {
            System.arraycopy(row, 0, rgb, y * row.length, row.length);
            continue;
          }
          for (int x = 0; x < pass.width(); x++) {
            put(row, x, (long) pass.y(y) * header.width() + pass.x(x));
          }
        }
      }
    }
  }

  private void put(byte[] row, int x, long pixel) throws ImageFormatException {
    int at = Math.toIntExact(3 * pixel);
    int n = header.channels();
    if (header.colour() == PngHeader.PALETTE) {
      int index = header.sample(row, x);
      byte[] palette = chunks.palette();
      if (3 * index + 2 >= palette.length) {
        // Pillow shows black there; libpng warns. Either way the file is damaged.
        throw new ImageFormatException("it uses colour " + index + " of a palette of fewer");
      }
      int alpha = index < chunks.transparency().length ? chunks.transparency()[index] & 0xff : 255;
      for (int c = 0; c < 3; c++) {
        rgb[at + c] = value(palette[3 * index + c] & 0xff, alpha);
      }
      return;
    }
    int alpha = n % 2 == 0 ? header.level(row, n * x + n - 1) : transparent(row, x) ? 0 : 255;
    for (int c = 0; c < 3; c++) {
      rgb[at + c] = value(level(row, n * x + (n < 3 ? 0 : c)), alpha);
    }
  }

  /** Grey of 16 bits is cut off at 255 by Pillow. */
  private int level(byte[] row, int i) {
    boolean wide = header.depth() == 16 && header.colour() == PngHeader.GREY;
    return wide && reading == Reading.AS_STORED
        ? Math.min(255, header.sample(row, i))
        : header.level(row, i);
  }

  /** Whether a pixel has the one colour that tRNS makes transparent. */
  private boolean transparent(byte[] row, int x) {
    byte[] key = chunks.transparency();
    int n = header.channels();
    if (key.length < 2 * n) {
      return false;
    }
    Bytes colour = new Bytes(key, true);
    for (int c = 0; c < n; c++) {
      if (header.sample(row, n * x + c) != colour.u16(2 * c)) {
        return false;
      }
    }
    return true;
  }

  private byte value(int level, int alpha) {
    return (byte) (clear ? 255 - alpha : reading.visible(level, alpha));
  }
}
