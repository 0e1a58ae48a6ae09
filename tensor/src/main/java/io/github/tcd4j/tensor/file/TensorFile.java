package io.github.tcd4j.tensor.file;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorMemory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Named tensors that can be looked at, and read one by one: a file, or a view of one. */
public interface TensorFile extends AutoCloseable {
  /** Names of all tensors. */
  Set<String> names();

  /** The tensor of that name on the CPU, a view of the file where it can be. */
  Tensor get(String name);

  /**
   * The same for one who will convert it and let it go: in memory of its own where {@link #get}
   * would look into a file, whose pages would count beside those of what is made of it.
   */
  default Tensor forConversion(String name) {
    return get(name);
  }

  /** Reads what {@code t}, if it looks into a mapped file, has not read of it yet. */
  static void bringIn(Tensor t) {
    TensorMemory.bringIn(t);
  }

  /** Type of the elements of what {@link #get} gives. */
  DType dtype(String name);

  /** Shape of a tensor. */
  long[] shape(String name);

  /** What the file says of itself; empty where it says nothing. */
  Map<String, String> metadata();

  /** Ends the reading. Tensors that were read stay valid. */
  @Override
  void close();

  /**
   * The files in which its tensors are: of an index itself and the shards that it names, sorted;
   * else the file alone.
   *
   * @throws TensorFileException if it is an index that cannot be read
   */
  static List<Path> files(Path file) {
    if (!file.toString().endsWith(".json")) {
      return List.of(file);
    }
    List<Path> files = new ArrayList<>(List.of(file));
    SafeTensorsIndex.read(file).shards().forEach(s -> files.add(file.resolveSibling(s)));
    return files;
  }

  /**
   * Opens a file by what stands in it, not by its name: safetensors, or what {@code torch.save}
   * writes; or, by a name that ends in {@code .json}, the shards of either.
   *
   * @throws TensorFileException if it cannot be read
   */
  static TensorFile open(Path file) {
    if (file.toString().endsWith(".json")) {
      SafeTensorsIndex index = SafeTensorsIndex.read(file);
      return index.ofPickles() ? TorchShards.open(file, index) : SafeTensors.open(file);
    }
    byte[] start = new byte[ForeignFormat.START];
    if (Files.isRegularFile(file)) {
      try (InputStream in = Files.newInputStream(file)) {
        start = in.readNBytes(ForeignFormat.START);
      } catch (IOException e) {
        throw TensorFileException.unreadable(file, String.valueOf(e.getMessage()), e);
      }
    }
    if (LegacyTorchFile.is(start)) {
      return TorchFile.open(file);
    }
    String fault = ForeignFormat.fault(start);
    if (fault != null) {
      throw TensorFileException.unreadable(file, fault);
    }
    boolean zip = Arrays.equals(start, 0, Math.min(4, start.length), ZipDirectory.MAGIC, 0, 4);
    return zip ? TorchFile.open(file) : SafeTensors.open(file);
  }
}
