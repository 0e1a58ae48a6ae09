package io.github.tcd4j.evaluation.numpy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An array of numbers as in a {@code .npy} file (format versions 1 to 3): double or single
 * precision, or a text of one element; rows in order. Other types, columns in order, and pickled
 * objects are refused.
 *
 * @param shape sizes, none for a single number
 * @param values as many as the product of the shape
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not asked for.
public record NpyArray(int[] shape, double[] values) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern HEADER =
      Pattern.compile(
          "\\s*\\{\\s*'descr'\\s*:\\s*'([^']+)'\\s*,\\s*'fortran_order'\\s*:\\s*(True|False)\\s*,"
              + "\\s*'shape'\\s*:\\s*\\(([^)]*)\\)\\s*,?\\s*\\}\\s*");

  /** Longest header that is read; NumPy's own limit. */
  private static final int MAX_HEADER = 10_000;

  /** Most elements that are read: 16,384 x 16,384. */
  private static final long MAX_ELEMENTS = 1L << 28;

  /** Bytes that are converted at once. */
  private static final int CHUNK = 1 << 16;

  public NpyArray {
    long count = Arrays.stream(shape).asLongStream().reduce(1, Math::multiplyExact);
    if (count != values.length) {
      throw new IllegalArgumentException(
          "an array of shape "
              + Arrays.toString(shape)
              + " cannot have "
              + values.length
              + " values");
    }
  }

  /**
   * Reads one array.
   *
   * @throws IOException with the fault, if it is none that can be read
   */
  static NpyArray read(InputStream in) throws IOException {
    Header header = Header.read(in);
    int bytes = header.bytes();
    int count = header.count();
    double[] values = new double[count];
    byte[] chunk = new byte[CHUNK];
    for (int at = 0; at < count; ) {
      int now = Math.min(count - at, CHUNK / bytes);
      if (in.readNBytes(chunk, 0, now * bytes) < now * bytes) {
        throw new EOFException("it ends within its numbers");
      }
      ByteBuffer buffer = ByteBuffer.wrap(chunk).order(header.order());
      for (int i = 0; i < now; i++) {
        values[at + i] = bytes == 8 ? buffer.getDouble(8 * i) : buffer.getFloat(4 * i);
      }
      at += now;
    }
    return new NpyArray(header.shape(), values);
  }

  /** Writes the array in double precision, format version 1, as {@code numpy.save} does. */
  void write(OutputStream out) throws IOException {
    StringBuilder sizes = new StringBuilder();
    for (int size : shape) {
      sizes.append(sizes.isEmpty() ? "" : " ").append(size).append(',');
    }
    if (shape.length > 1) {
      sizes.setLength(sizes.length() - 1);
    }
    String text = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + sizes + "), }";
    int length = (MAGIC.length + 4 + text.length() + 1 + 63) / 64 * 64 - MAGIC.length - 4;
    out.write(MAGIC);
    out.write(new byte[] {1, 0, (byte) length, (byte) (length >> 8)});
    out.write(
        (text + " ".repeat(length - text.length() - 1) + "\n").getBytes(StandardCharsets.US_ASCII));
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    for (double v : values) {
      chunk.putDouble(v);
      if (!chunk.hasRemaining()) {
        out.write(chunk.array());
        chunk.clear();
      }
    }
    out.write(chunk.array(), 0, chunk.position());
  }

  /** What stands before the numbers. */
  private record Header(ByteOrder order, int bytes, int[] shape) {
    static Header read(InputStream in) throws IOException {
      byte[] start = in.readNBytes(8);
      if (start.length < 8 || !Arrays.equals(start, 0, 6, MAGIC, 0, 6)) {
        throw new IOException("it does not start as a NumPy array does");
      }
      int lengthBytes = start[6] == 1 ? 2 : 4;
      byte[] size = Arrays.copyOf(in.readNBytes(lengthBytes), 4);
      int length = ByteBuffer.wrap(size).order(ByteOrder.LITTLE_ENDIAN).getInt();
      if (start[6] < 1 || start[6] > 3 || length < 0 || length > MAX_HEADER) {
        throw new IOException("its header is not one of format version 1, 2 or 3");
      }
      String text = new String(in.readNBytes(length), StandardCharsets.UTF_8);
      Matcher matcher = HEADER.matcher(text);
      if (!matcher.matches()) {
        throw new IOException("its header cannot be understood: " + text.strip());
      }
      return of(matcher.group(1), matcher.group(2).equals("True"), shape(matcher.group(3)));
    }

    private static Header of(String type, boolean columns, int[] shape) throws IOException {
      int bytes = type.endsWith("f8") ? 8 : 4;
      if (!type.matches("[<>=]f[48]")) {
        throw new IOException(
            "its type is " + type + ", but numbers of single or double precision are needed");
      }
      if (columns && shape.length > 1) {
        throw new IOException("its columns come in order, but rows are needed");
      }
      return new Header(
          type.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN, bytes, shape);
    }

    private static int[] shape(String text) throws IOException {
      String[] sizes =
          Arrays.stream(text.split(","))
              .map(String::strip)
              .filter(s -> !s.isEmpty())
              .toArray(String[]::new);
      int[] shape = new int[sizes.length];
      long count = 1;
      try {
        for (int i = 0; i < shape.length; i++) {
          shape[i] = Integer.parseInt(sizes[i]);
          count = Math.multiplyExact(count, shape[i]);
        }
      } catch (ArithmeticException | NumberFormatException e) {
        throw new IOException("its shape is (" + text + ")", e);
      }
      if (count < 0 || count > MAX_ELEMENTS) {
        throw new IOException("its shape (" + text + ") is larger than any that is needed");
      }
      return shape;
    }

    int count() {
      return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }
  }
}
