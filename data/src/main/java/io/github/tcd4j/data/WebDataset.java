package io.github.tcd4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The samples of one shard, a tar file that may be compressed by gzip or bzip2, in its order. As in
 * the webdataset library, neighbouring files whose paths agree up to the first dot of the name are
 * one sample, and the case of endings is of no account.
 *
 * <pre>{@code
 * try (WebDataset shard = WebDataset.open(path)) {
 *   for (SampleFiles s = shard.next(); s != null; s = shard.next()) { ... }
 * }
 * }</pre>
 */
public final class WebDataset implements SampleReader {
  /** A longer file is no training picture; reading it would take the memory of all others. */
  static final long MAX_PART = 64L << 20;

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
      InputStream bytes = ShardStream.open(shard);
      return new WebDataset(shard, new TarArchiveInputStream(bytes, "UTF-8"));
    } catch (IOException e) {
      throw unreadable(shard, e);
    }
  }

  @Override
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
      EntryName name = isRegular(e) ? EntryName.of(e.getName()) : null;
      if (name == null) {
        continue;
      }
      SampleFiles finished = null;
      if (!name.key().equals(key)) {
        finished = finish();
        key = name.key();
      }
      byte[] before = parts.put(name.ending(), bytes(e));
      if (before != null) {
        throw new IOException("it holds " + e.getName() + " twice in a row");
      }
      if (finished != null) {
        return finished;
      }
    }
    return finish();
  }

  /** Links hold no bytes of their own, so they are left out, as webdataset does. */
  private static boolean isRegular(TarArchiveEntry e) {
    return e.isFile() && !e.isSymbolicLink() && !e.isLink() && !e.isFIFO() && !isDevice(e);
  }

  private static boolean isDevice(TarArchiveEntry e) {
    return e.isCharacterDevice() || e.isBlockDevice();
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
