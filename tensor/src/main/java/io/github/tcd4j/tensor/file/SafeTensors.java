package io.github.tcd4j.tensor.file;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * A file of named tensors in the safetensors format, mapped into memory and not copied. A {@code
 * *.safetensors.index.json} opens all the files that it lists as one.
 *
 * <pre>{@code
 * try (SafeTensors file = SafeTensors.open(path); Scope scope = Scope.inference()) {
 *   Tensor weight = file.get("conv_in.weight");
 * }
 * }</pre>
 *
 * <p>Nothing in the file is trusted: what is wrong with it is a {@link TensorFileException} that
 * names the file and the fault. The memory is read-only, so writing in place into a tensor of a
 * file ends the process; copy it first. The file must not be shortened while it is mapped; a file
 * that {@link SafeTensorsWriter} replaces stays what it was for those who had opened it.
 */
public final class SafeTensors implements TensorFile {
  /** The longest header that the reference implementation accepts. */
  static final long MAX_HEADER = 100_000_000;

  private record Located(SafeTensorsHeader.Entry entry, MappedBytes data) {}

  private final Path origin;
  private final List<FileChannel> files;
  private final Map<String, Located> tensors;
  private final Map<String, String> metadata;
  private boolean closed;

  private SafeTensors(
      Path origin,
      List<FileChannel> files,
      Map<String, Located> tensors,
      Map<String, String> metadata) {
    this.origin = origin;
    this.files = files;
    this.tensors = tensors;
    this.metadata = metadata;
  }

  /** Opens a safetensors file, or by its {@code .index.json} a sharded one. */
  public static SafeTensors open(Path fileOrIndexJson) {
    return String.valueOf(fileOrIndexJson.getFileName()).endsWith(".json")
        ? openSharded(fileOrIndexJson)
        : openFile(fileOrIndexJson, MappedBytes.LONGEST);
  }

  /** Opens one file with maps of at most {@code longest} bytes. */
  static SafeTensors openFile(Path file, int longest) {
    if (!Files.isRegularFile(file)) {
      throw TensorFileException.unreadable(
          file, Files.exists(file) ? "it is not a regular file" : "there is no such file");
    }
    try {
      FileChannel channel = FileChannel.open(file);
      try {
        return opened(file, channel, longest);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw TensorFileException.unreadable(file, String.valueOf(e.getMessage()), e);
    }
  }

  private static SafeTensors opened(Path file, FileChannel channel, int longest)
      throws IOException {
    ByteBuffer head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    if (readFully(channel, head) < 8) {
      throw TensorFileException.unreadable(file, "it is too short to be a safetensors file");
    }
    long headerLength = head.getLong(0);
    if (headerLength < 0 || headerLength > MAX_HEADER) {
      throw TensorFileException.unreadable(
          file,
          "its header claims "
              + Long.toUnsignedString(headerLength)
              + " bytes but may have at most "
              + MAX_HEADER);
    }
    long dataLength = channel.size() - 8 - headerLength;
    ByteBuffer json = ByteBuffer.allocate(dataLength < 0 ? 0 : (int) headerLength);
    if (dataLength < 0 || readFully(channel, json) < headerLength) {
      throw TensorFileException.unreadable(
          file, "it ends inside its header of " + headerLength + " bytes");
    }
    SafeTensorsHeader header = SafeTensorsHeader.parse(file, json.array(), dataLength);
    MappedBytes data = new MappedBytes(channel, 8 + headerLength, longest);
    Map<String, Located> tensors = new TreeMap<>();
    header.entries().forEach(e -> tensors.put(e.name(), new Located(e, data)));
    return new SafeTensors(file, List.of(channel), tensors, header.metadata());
  }

  private static long readFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
    return buffer.position();
  }

  private static SafeTensors openSharded(Path indexFile) {
    List<FileChannel> files = new ArrayList<>();
    try {
      return openSharded(indexFile, SafeTensorsIndex.read(indexFile), files);
    } catch (RuntimeException e) {
      close(files);
      throw e;
    }
  }

  private static SafeTensors openSharded(
      Path indexFile, SafeTensorsIndex index, List<FileChannel> files) {
    Map<String, Located> tensors = new TreeMap<>();
    for (String shard : index.shards()) {
      Path file = indexFile.resolveSibling(shard);
      Set<String> listed = index.namesIn(shard);
      SafeTensors part = openFile(file, MappedBytes.LONGEST);
      files.addAll(part.files);
      for (String name : listed) {
        Located located = part.tensors.get(name);
        if (located == null) {
          throw TensorFileException.unreadable(
              file, "it lacks tensor " + name + ", which " + indexFile.getFileName() + " lists");
        }
        tensors.put(name, located);
      }
      for (String name : part.tensors.keySet()) {
        if (!listed.contains(name)) {
          throw TensorFileException.unreadable(
              file,
              "it holds tensor " + name + ", which " + indexFile.getFileName() + " does not list");
        }
      }
    }
    return new SafeTensors(indexFile, files, tensors, index.metadata());
  }

  /** Names of all tensors, sorted. */
  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  /** The strings under {@code __metadata__}; of a sharded file, the index's metadata as text. */
  @Override
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  /**
   * The tensor of that name on the CPU, of its type in the file; floats of 8 bits are read as F16.
   * It looks into the mapped file, unless its data are not aligned for its type or longer than 2
   * GB, or are such floats: then it is a copy.
   */
  @Override
  public Tensor get(String name) {
    Located l = readable(name);
    SafeTensorsHeader.Entry e = l.entry;
    return type(l).read(type -> l.data.tensor(type, e.begin(), e.end(), e.dims()));
  }

  @Override
  public Tensor forConversion(String name) {
    Located l = readable(name);
    SafeTensorsHeader.Entry e = l.entry;
    return type(l).read(type -> l.data.copy(type, e.begin(), e.end(), e.dims()));
  }

  private Located readable(String name) {
    if (closed) {
      throw new TensorFileException("cannot read " + origin + ": it has been closed");
    }
    return located(name);
  }

  /** Type of the elements of a tensor as it is read. */
  @Override
  public DType dtype(String name) {
    return Objects.requireNonNull(type(located(name)).readAs());
  }

  private StoredType type(Located l) {
    StoredType type = StoredType.named(l.entry.type());
    if (type == null || type.readAs() == null) {
      throw unknown(l.entry);
    }
    return type;
  }

  private TensorFileException unknown(SafeTensorsHeader.Entry entry) {
    return TensorFileException.unreadable(
        origin,
        ("tensor " + entry.name() + " is of type " + entry.type() + "; those that can be read are ")
            + StoredType.readable());
  }

  /** Shape of a tensor in the file. */
  @Override
  public long[] shape(String name) {
    return located(name).entry.dims();
  }

  private Located located(String name) {
    Located l = tensors.get(name);
    if (l == null) {
      throw TensorFileException.unreadable(
          origin, "it has no tensor " + name + " among its " + tensors.size());
    }
    return l;
  }

  /** Ends the reading. Tensors that were read stay valid, and mapped until they die. */
  @Override
  public void close() {
    closed = true;
    close(files);
  }

  private static void close(List<FileChannel> files) {
    try {
      for (FileChannel file : files) {
        file.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
