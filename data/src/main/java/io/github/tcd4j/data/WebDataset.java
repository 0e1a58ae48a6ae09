package io.github.tcd4j.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The samples of one shard, a {@code .tar}, {@code .tar.gz} or {@code .tgz} file, in its order. As
 * in the webdataset library, neighbouring files whose paths agree up to the first dot of the name
 * are one sample.
 *
 * <pre>{@code
 * try (WebDataset shard = WebDataset.open(path)) {
 *   for (SampleFiles s = shard.next(); s != null; s = shard.next()) { ... }
 * }
 * }</pre>
 */
public final class WebDataset implements AutoCloseable {
  /** A longer file is no training picture; reading it would take the memory of all others. */
  static final long MAX_PART = 64L << 20;

  private static final int BLOCK = 512;

  private final Path shard;
  private final TarArchiveInputStream tar;
  private @Nullable String key;
  private Map<String, byte[]> parts = new LinkedHashMap<>();

  private WebDataset(Path shard, TarArchiveInputStream tar) {
    this.shard = shard;
    this.tar = tar;
  }

  /** Opens a shard; what cannot be read of it is a {@link DataException} that names it. */
  public static WebDataset open(Path shard) {
    try {
      boolean zipped = shard.toString().endsWith("gz");
      if (!zipped) {
        requireEnd(shard);
      }
      InputStream bytes = new BufferedInputStream(Files.newInputStream(shard), 1 << 16);
      return new WebDataset(
          shard, new TarArchiveInputStream(zipped ? new GZIPInputStream(bytes) : bytes));
    } catch (IOException e) {
      throw unreadable(shard, e);
    }
  }

  /**
   * A tar file ends with blocks of zeros. One that was cut off between two of its files has none,
   * and would read as a shorter shard. Zipped files bear a check of their own.
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

  /** The next sample, or null at the end of the shard. */
  public @Nullable SampleFiles next() {
    try {
      // A damaged header shows as one or the other exception.
      return read();
    } catch (IOException | IllegalArgumentException e) {
      throw unreadable(shard, e);
    }
  }

  private @Nullable SampleFiles read() throws IOException {
    for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
      String name = e.getName();
      int dot = name.indexOf('.', name.lastIndexOf('/') + 1);
      boolean named = dot > name.lastIndexOf('/') + 1;
      if (!e.isFile() || !named) {
        continue;
      }
      SampleFiles finished = null;
      if (!name.substring(0, dot).equals(key)) {
        finished = finish();
        key = name.substring(0, dot);
      }
      byte[] before = parts.put(name.substring(dot + 1), bytes(e));
      if (before != null) {
        throw new IOException("it holds " + name + " twice in a row");
      }
      if (finished != null) {
        return finished;
      }
    }
    return finish();
  }

  private byte[] bytes(TarArchiveEntry entry) throws IOException {
    if (entry.getSize() > MAX_PART) {
      throw new IOException(
          entry.getName() + " has " + entry.getSize() + " bytes but may have " + MAX_PART);
    }
    byte[] bytes = tar.readNBytes((int) MAX_PART);
    if (bytes.length != entry.getSize()) {
      throw new IOException("it ends inside " + entry.getName());
    }
    return bytes;
  }

  private @Nullable SampleFiles finish() {
    SampleFiles sample = key == null ? null : new SampleFiles(key, parts);
    key = null;
    parts = new LinkedHashMap<>();
    return sample;
  }

  private static DataException unreadable(Path shard, Exception e) {
    String why = e instanceof java.nio.file.NoSuchFileException ? "no such file" : e.getMessage();
    return new DataException("cannot read shard " + shard + ": " + why, e);
  }

  @Override
  public void close() {
    try {
      tar.close();
    } catch (IOException e) {
      throw unreadable(shard, e);
    }
  }
}
