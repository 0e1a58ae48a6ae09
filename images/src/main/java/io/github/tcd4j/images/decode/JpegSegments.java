package io.github.tcd4j.images.decode;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The structure of a JPEG file.
 *
 * @param width in pixels
 * @param height in pixels
 * @param ids of the components
 * @param jfif whether it has a JFIF segment
 * @param adobe colour transform of the Adobe segment, or -1 where there is none
 * @param exif the EXIF block, or null
 * @param stream the file without application segments and comments, which would make Java's reader
 *     convert colours, or refuse a file for a damaged profile
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record JpegSegments(
    int width,
    int height,
    int[] ids,
    boolean jfif,
    int adobe,
    byte @Nullable [] exif,
    byte[] stream) {
  private static final int SOF0 = 0xc0;
  private static final int DHT = 0xc4;
  private static final int JPG = 0xc8;
  private static final int DAC = 0xcc;
  private static final int SOF15 = 0xcf;
  private static final int RST0 = 0xd0;
  private static final int SOI = 0xd8;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int APP0 = 0xe0;
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;
  private static final int APP15 = 0xef;
  private static final int COM = 0xfe;

  /** Reads up to the first end marker; what follows it is of no account. */
  static JpegSegments read(byte[] file) throws ImageFormatException {
    Bytes bytes = new Bytes(file, true);
    ByteArrayOutputStream stream = new ByteArrayOutputStream(file.length);
    byte[] frame = null;
    byte[] exif = null;
    boolean jfif = false;
    int adobe = -1;
    int at = 0;
    while (true) {
      int from = at;
      // Any number of fill bytes may stand before a marker.
      while (at < file.length && bytes.u8(at) == 0xff) {
        at++;
      }
      if (at >= file.length) {
        throw new ImageFormatException("the file ends before its end marker");
      }
      if (at == from) {
        throw new ImageFormatException("it has other bytes where a marker should be");
      }
      int marker = bytes.u8(at++);
      if (marker == SOI || marker == EOI || (marker >= RST0 && marker < SOI)) {
        stream.write(file, at - 2, 2);
        if (marker == EOI) {
          break;
        }
        continue;
      }
      int end = at + 2 > file.length ? file.length + 1 : at + Math.max(2, bytes.u16(at));
      if (end > file.length) {
        throw new ImageFormatException("the file ends inside a segment");
      }
      byte[] body = Arrays.copyOfRange(file, at + 2, end);
      if (marker == APP0 && new Bytes(body, true).has(0, "JFIF\0")) {
        jfif = true;
      } else if (marker == APP1 && exif == null && new Bytes(body, true).has(0, "Exif\0\0")) {
        exif = body;
      } else if (marker == APP14 && body.length >= 12 && new Bytes(body, true).has(0, "Adobe")) {
        adobe = body[11] & 0xff;
      } else if (isFrame(marker)) {
        requireHuffman(marker);
        frame = body;
      }
      if ((marker < APP0 || marker > APP15) && marker != COM) {
        stream.write(file, at - 2, end - at + 2);
      }
      at = end;
      if (marker == SOS) {
        int after = endOfScan(bytes, at);
        stream.write(file, at, after - at);
        at = after;
      }
    }
    if (frame == null) {
      throw new ImageFormatException("it has no frame");
    }
    return of(new Bytes(frame, true), jfif, adobe, exif, stream.toByteArray());
  }

  private static JpegSegments of(
      Bytes frame, boolean jfif, int adobe, byte @Nullable [] exif, byte[] stream)
      throws ImageFormatException {
    if (frame.u8(0) != 8) {
      throw new ImageFormatException("it has " + frame.u8(0) + " bits per sample but 8 are read");
    }
    ImageDecoder.requireSize(frame.u16(3), frame.u16(1));
    int[] ids = new int[frame.u8(5)];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = frame.u8(6 + 3 * i);
    }
    if (ids.length != 1 && ids.length != 3 && ids.length != 4) {
      throw new ImageFormatException("it has " + ids.length + " components but 1, 3 or 4 are read");
    }
    return new JpegSegments(frame.u16(3), frame.u16(1), ids, jfif, adobe, exif, stream);
  }

  private static boolean isFrame(int marker) {
    return marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
  }

  /** Baseline, extended and progressive files with Huffman codes are what decoders know. */
  private static void requireHuffman(int marker) throws ImageFormatException {
    if (marker > SOF0 + 2) {
      throw new ImageFormatException(
          marker > JPG ? "its arithmetic coding is not read" : "its lossless coding is not read");
    }
  }

  /** Data end at a marker; a stuffed zero and restarts belong to them. */
  private static int endOfScan(Bytes bytes, int start) throws ImageFormatException {
    int length = bytes.data().length;
    for (int i = start; i + 1 < length; i++) {
      if (bytes.u8(i) == 0xff) {
        int next = bytes.u8(i + 1);
        if (next != 0 && next != 0xff && (next < RST0 || next >= SOI)) {
          return i;
        }
      }
    }
    throw new ImageFormatException("the file ends before its end marker");
  }
}
