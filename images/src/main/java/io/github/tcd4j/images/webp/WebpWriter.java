package io.github.tcd4j.images.webp;

import io.github.tcd4j.images.Image;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Writes animations as WebP (RFC 9649, section 2.7): without loss, played for ever, each frame
 * where it differs from the one before. The same frames and texts give the same bytes.
 */
public final class WebpWriter {
  private static final int XMP = 4;
  private static final int ANIMATED = 2;

  /** Written over what was there, and left. */
  private static final int REPLACING = 2;

  private WebpWriter() {}

  /**
   * The bytes of the file.
   *
   * @param frames of one size, at least one, sides at most 16384 pixels
   * @param perSecond frames in a second, 1 to 1000; their times are in whole milliseconds, so that
   *     of 30 in a second each third takes 34 and the others 33
   * @param texts by keyword, XML names; kept as XMP, {@link WebpTexts} reads them
   */
  public static byte[] encode(List<Image> frames, int perSecond, Map<String, String> texts) {
    if (frames.isEmpty() || perSecond < 1 || perSecond > 1000) {
      throw new IllegalArgumentException(
          "an animation needs frames and 1 to 1000 of them in a second but got "
              + (frames.size() + " and " + perSecond));
    }
    Image first = frames.get(0);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes("WEBP".getBytes(StandardCharsets.ISO_8859_1));
    chunk(
        body,
        "VP8X",
        join(
            number(ANIMATED | (texts.isEmpty() ? 0 : XMP), 4),
            number(first.width() - 1, 3),
            number(first.height() - 1, 3)));
    // The colour of what no frame covers, and 0 for plays without end.
    chunk(body, "ANIM", join(number(0, 4), number(0, 2)));
    for (int i = 0; i < frames.size(); i++) {
      Image frame = frames.get(i);
      if (frame.width() != first.width() || frame.height() != first.height()) {
        throw new IllegalArgumentException("the frames of an animation must be of one size");
      }
      ChangedArea area =
          i == 0 ? ChangedArea.whole(frame) : ChangedArea.between(frames.get(i - 1), frame);
      long time = end(i + 1, perSecond) - end(i, perSecond);
      chunk(body, "ANMF", frame(area, area.of(frame), Math.toIntExact(time)));
    }
    if (!texts.isEmpty()) {
      chunk(body, "XMP ", WebpTexts.xmp(texts));
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    chunk(file, "RIFF", body.toByteArray());
    return file.toByteArray();
  }

  /** When so many frames are over, in milliseconds. */
  private static long end(long frames, int perSecond) {
    return Math.round(1000.0 * frames / perSecond);
  }

  private static byte[] frame(ChangedArea area, Image image, int milliseconds) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        join(
            number(area.left() / 2, 3),
            number(area.top() / 2, 3),
            number(area.width() - 1, 3),
            number(area.height() - 1, 3),
            number(milliseconds, 3),
            number(REPLACING, 1)));
    chunk(out, "VP8L", LosslessEncoder.encode(image));
    return out.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] content) {
    out.writeBytes(type.getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(number(content.length, 4));
    out.writeBytes(content);
    if (content.length % 2 == 1) {
      out.write(0);
    }
  }

  private static byte[] number(int value, int bytes) {
    byte[] all = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      all[i] = (byte) (value >>> 8 * i);
    }
    return all;
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
