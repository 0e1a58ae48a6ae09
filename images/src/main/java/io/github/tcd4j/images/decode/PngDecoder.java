package io.github.tcd4j.images.decode;

import io.github.tcd4j.images.Image;

/** PNG files (ISO 15948): every colour type and depth, interlaced or not, transparency on white. */
final class PngDecoder {
  private static final String SIGNATURE = "\u0089PNG\r\n\u001a\n";

  private final PngHeader header;
  private final PngChunks chunks;
  private final Reading reading;
  private final byte[] rgb;

  private PngDecoder(PngHeader header, PngChunks chunks, Reading reading) {
    this.reading = reading;
    this.header = header;
    this.chunks = chunks;
    rgb = new byte[3 * header.width() * header.height()];
  }

  static boolean recognises(byte[] file) {
    return new Bytes(file, true).has(0, SIGNATURE);
  }

  static Image decode(byte[] file, Reading reading) throws ImageFormatException {
    PngChunks chunks = PngChunks.read(file, SIGNATURE.length());
    PngHeader header = PngHeader.read(chunks.header());
    if (header.colour() == PngHeader.PALETTE && chunks.palette().length == 0) {
      throw new ImageFormatException("it has no palette");
    }
    PngDecoder decoder = new PngDecoder(header, chunks, reading);
    decoder.fill();
    Image image = new Image(header.width(), header.height(), decoder.rgb);
    return reading.turned(image, chunks.exif());
  }

  private void fill() throws ImageFormatException {
    try (PngRows rows = new PngRows(chunks.data())) {
      for (PngPass pass : PngPass.of(header)) {
        rows.startPass(header.rowBytes(pass.width()), header.pixelBytes());
        for (int y = 0; y < pass.height(); y++) {
          byte[] row = rows.next();
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
        rgb[at + c] = (byte) reading.visible(palette[3 * index + c] & 0xff, alpha);
      }
      return;
    }
    int alpha = n % 2 == 0 ? header.level(row, n * x + n - 1) : transparent(row, x) ? 0 : 255;
    for (int c = 0; c < 3; c++) {
      rgb[at + c] = (byte) reading.visible(header.level(row, n * x + (n < 3 ? 0 : c)), alpha);
    }
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
}
