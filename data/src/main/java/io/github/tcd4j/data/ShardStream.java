package io.github.tcd4j.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;

/** The bytes of a tar file, decompressed as its content says, whatever its name. */
final class ShardStream {
  private static final int BLOCK = 512;
  private static final int BUFFER = 1 << 16;

  private ShardStream() {}

  static InputStream open(Path shard) throws IOException {
    InputStream file = new BufferedInputStream(Files.newInputStream(shard), BUFFER);
    try {
      return decompressed(shard, file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static InputStream decompressed(Path shard, InputStream file) throws IOException {
    file.mark(BLOCK);
    byte[] start = file.readNBytes(6);
    file.reset();
    if (startsWith(start, 0x1f, 0x8b)) {
      return new GZIPInputStream(file, BUFFER);
    }
    if (startsWith(start, 'B', 'Z', 'h')) {
      return new BZip2CompressorInputStream(file, true);
    }
    if (startsWith(start, 0x28, 0xb5, 0x2f, 0xfd)) {
      throw new IOException(
          "it is compressed by zstd, which is not read; decompress it by zstd -d");
    }
    if (startsWith(start, 0xfd, '7', 'z', 'X', 'Z')) {
      throw new IOException("it is compressed by xz, which is not read; decompress it by xz -d");
    }
    requireEnd(shard);
    return file;
  }

  private static boolean startsWith(byte[] bytes, int... start) {
    for (int i = 0; i < start.length; i++) {
      if (i >= bytes.length || (bytes[i] & 0xff) != start[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * A tar file ends with blocks of zeros. One that was cut off between two of its files has none,
   * and would read as a shorter shard. Compressed files bear a check of their own.
   */
  private static void requireEnd(Path shard) throws IOException {
    try (FileChannel channel = FileChannel.open(shard)) {
      ByteBuffer tail = ByteBuffer.allocate(BLOCK);
      boolean whole = channel.size() >= BLOCK;
      channel.position(Math.max(0, channel.size() - BLOCK));
      while (whole && tail.hasRemaining() && channel.read(tail) >= 0) {}
      if (!whole || !tail.flip().equals(ByteBuffer.allocate(BLOCK))) {
        throw new IOException("it does not end as a tar file does, so it may be cut off");
      }
    }
  }
}
