package io.github.tcd4j.tensor.file;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The directory of a zip file whose entries are stored as they are, with the place of each entry's
 * bytes, which {@code java.util.zip} does not tell: so they can be mapped. Reads zip64. Of the code
 * of a compiled network, which is compressed, there are no entries.
 */
record ZipDirectory(Map<String, Entry> entries) {
  /** Folders of {@code torch.jit.save} with nothing but code. */
  private static final Pattern CODE = Pattern.compile("(.*/)?code/.*");

  /** The start of every zip file with at least one entry. */
  static final byte[] MAGIC = {'P', 'K', 3, 4};

  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int LOCATOR_64 = 0x07064b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int LOCAL = 0x04034b50;
  private static final int LONGEST_COMMENT = 0xffff;
  private static final long MAX_DIRECTORY = 100_000_000;

  /** The bytes begin .. end-1 of the file. */
  record Entry(long begin, long end) {}

  static ZipDirectory read(Path file, FileChannel channel) throws IOException {
    try {
      return new Reader(file, channel).read();
    } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw TensorFileException.unreadable(file, "its zip directory is damaged", e);
    }
  }

  private record Reader(Path file, FileChannel channel) {
    ZipDirectory read() throws IOException {
      long size = channel.size();
      int tail = (int) Math.min(size, LONGEST_COMMENT + 22);
      ByteBuffer end = bytes(size - tail, tail);
      int at = tail - 22;
      while (at >= 0 && end.getInt(at) != END) {
        at--;
      }
      if (at < 0) {
        throw fault("the directory at the end of the zip file is missing; was it cut short?");
      }
      long count = end.getShort(at + 10) & 0xffff;
      long length = end.getInt(at + 12) & 0xffffffffL;
      long offset = end.getInt(at + 16) & 0xffffffffL;
      if (at >= 20 && end.getInt(at - 20) == LOCATOR_64) {
        ByteBuffer end64 = bytes(end.getLong(at - 12), 56);
        if (end64.getInt(0) != END_64) {
          throw fault("its zip64 directory is damaged");
        }
        count = end64.getLong(32);
        length = end64.getLong(40);
        offset = end64.getLong(48);
      }
      if (length < 0 || length > MAX_DIRECTORY || count < 0 || count > length / 46) {
        throw fault("its zip directory claims " + count + " entries in " + length + " bytes");
      }
      ByteBuffer directory = bytes(offset, (int) length);
      Map<String, Entry> entries = new LinkedHashMap<>();
      for (long i = 0; i < count; i++) {
        entry(directory, entries);
      }
      return new ZipDirectory(entries);
    }

    private void entry(ByteBuffer d, Map<String, Entry> entries) throws IOException {
      int start = d.position();
      if (d.getInt(start) != CENTRAL) {
        throw fault("its zip directory is damaged");
      }
      long packed = d.getInt(start + 20) & 0xffffffffL;
      long plain = d.getInt(start + 24) & 0xffffffffL;
      long local = d.getInt(start + 42) & 0xffffffffL;
      int method = d.getShort(start + 10);
      byte[] text = new byte[d.getShort(start + 28) & 0xffff];
      int extra = d.getShort(start + 30) & 0xffff;
      int comment = d.getShort(start + 32) & 0xffff;
      d.position(start + 46);
      d.get(text);
      String name = new String(text, StandardCharsets.UTF_8);
      int next = d.position() + extra + comment;
      for (int at = d.position(), stop = at + extra; at + 4 <= stop; ) {
        int length = d.getShort(at + 2) & 0xffff;
        if (d.getShort(at) == 1) {
          int field = at + 4;
          if (plain == 0xffffffffL) {
            plain = d.getLong(field);
            field += 8;
          }
          if (packed == 0xffffffffL) {
            packed = d.getLong(field);
            field += 8;
          }
          local = local == 0xffffffffL ? d.getLong(field) : local;
        }
        at += 4 + length;
      }
      d.position(next);
      if (CODE.matcher(name).matches()) {
        return;
      }
      if (method != 0 || packed != plain) {
        throw fault(name + " in it is compressed, which torch.save does not do");
      }
      ByteBuffer head = bytes(local, 30);
      long begin = local + 30 + (head.getShort(26) & 0xffff) + (head.getShort(28) & 0xffff);
      if (head.getInt(0) != LOCAL || plain < 0 || begin > channel.size() - plain) {
        throw fault(name + " in it lies outside of the file; was it cut short?");
      }
      if (entries.put(name, new Entry(begin, begin + plain)) != null) {
        throw fault("it holds " + name + " twice");
      }
    }

    ByteBuffer bytes(long offset, int length) throws IOException {
      if (offset < 0 || offset > channel.size() - length) {
        throw fault("its zip directory points outside of the file");
      }
      ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
      while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) >= 0) {}
      return buffer.flip();
    }

    private TensorFileException fault(String text) {
      return TensorFileException.unreadable(file, text);
    }
  }
}
