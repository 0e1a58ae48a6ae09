package io.github.tcd4j.images.png;

import io.github.tcd4j.images.Image;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Writes animations as PNG (PNG third edition, clause 11.3.5): without loss, played for ever, the
 * first frame what programs show that do not play it. The same frames and texts give the same
 * bytes.
 */
public final class ApngWriter {
  private ApngWriter() {}

  /**
   * The bytes of the file.
   *
   * @param frames of one size, at least one
   * @param perSecond frames in a second, 1 to 1000
   * @param texts by keyword, as {@link PngWriter} writes them
   */
  public static byte[] encode(List<Image> frames, int perSecond, Map<String, String> texts) {
    if (frames.isEmpty() || perSecond < 1 || perSecond > 1000) {
      throw new IllegalArgumentException(
          "an animation needs frames and 1 to 1000 of them in a second but got "
              + (frames.size() + " and " + perSecond));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      write(out, frames, perSecond, texts);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot be written to", e);
    }
    return bytes.toByteArray();
  }

  private static void write(
      DataOutputStream out, List<Image> frames, int perSecond, Map<String, String> texts)
      throws IOException {
    Image first = frames.get(0);
    out.write(PngWriter.SIGNATURE);
    PngWriter.chunk(out, "IHDR", PngWriter.header(first));
    for (Map.Entry<String, String> text : texts.entrySet()) {
      PngWriter.chunk(out, "iTXt", PngWriter.text(text.getKey(), text.getValue()));
    }
    // Number of frames, and 0 for plays without end.
    PngWriter.chunk(out, "acTL", integers(frames.size(), 0));
    int sequence = 0;
    for (int i = 0; i < frames.size(); i++) {
      Image frame = frames.get(i);
      if (frame.width() != first.width() || frame.height() != first.height()) {
        throw new IllegalArgumentException("the frames of an animation must be of one size");
      }
      PngWriter.chunk(out, "fcTL", control(sequence++, frame, perSecond));
      byte[] data = PngWriter.data(frame);
      if (i == 0) {
        PngWriter.chunk(out, "IDAT", data);
      } else {
        PngWriter.chunk(out, "fdAT", join(integers(sequence++), data));
      }
    }
    PngWriter.chunk(out, "IEND", new byte[0]);
  }

  private static byte[] control(int sequence, Image frame, int perSecond) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(integers(sequence, frame.width(), frame.height(), 0, 0));
    out.writeShort(1);
    out.writeShort(perSecond);
    // Left as it is after its time; written over what was there.
    out.write(new byte[] {0, 0});
    return bytes.toByteArray();
  }

  private static byte[] integers(int... values) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    for (int value : values) {
      out.writeInt(value);
    }
    return bytes.toByteArray();
  }

  private static byte[] join(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
