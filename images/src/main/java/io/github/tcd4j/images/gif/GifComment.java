package io.github.tcd4j.images.gif;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The comment inside a GIF file. */
public final class GifComment {
  private static final int EXTENSION = 0x21;
  private static final int COMMENT = 0xfe;
  private static final int PICTURE = 0x2c;

  private GifComment() {}

  /** Whether a file is a GIF. */
  public static boolean recognises(byte[] file) {
    String start = new String(file, 0, Math.min(6, file.length), StandardCharsets.ISO_8859_1);
    return start.equals("GIF89a") || start.equals("GIF87a");
  }

  /**
   * The first comment, empty where there is none.
   *
   * @param name what to call the file in messages
   * @throws GifException if it is no GIF or is cut off
   */
  public static String read(String name, byte[] file) {
    if (!recognises(file)) {
      throw new GifException(name + " is not a GIF file");
    }
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(file, 6, file.length - 6))) {
      in.skipNBytes(4);
      skipTable(in, in.readUnsignedByte());
      in.skipNBytes(2);
      for (int block = in.readUnsignedByte(); ; block = in.readUnsignedByte()) {
        if (block == EXTENSION) {
          boolean comment = in.readUnsignedByte() == COMMENT;
          byte[] content = blocks(in);
          if (comment) {
            return new String(content, StandardCharsets.ISO_8859_1);
          }
        } else if (block == PICTURE) {
          in.skipNBytes(8);
          skipTable(in, in.readUnsignedByte());
          in.skipNBytes(1);
          blocks(in);
        } else {
          return "";
        }
      }
    } catch (EOFException e) {
      throw new GifException(name + " ends before its end: it was cut off", e);
    } catch (IOException e) {
      throw new GifException("cannot read " + name + ": " + e.getMessage(), e);
    }
  }

  /** A table of colours where the flags say that there is one. */
  private static void skipTable(DataInputStream in, int flags) throws IOException {
    if ((flags & 0x80) != 0) {
      in.skipNBytes(3L << (flags & 7) + 1);
    }
  }

  private static byte[] blocks(DataInputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int n = in.readUnsignedByte(); n > 0; n = in.readUnsignedByte()) {
      byte[] some = new byte[n];
      in.readFully(some);
      all.writeBytes(some);
    }
    return all.toByteArray();
  }
}
