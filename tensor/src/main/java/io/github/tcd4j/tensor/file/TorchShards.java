package io.github.tcd4j.tensor.file;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Pickles of {@code torch.save} that an index lists, read as one file. */
final class TorchShards implements TensorFile {
  /** How the shards of such an index end. */
  static final String ENDING = ".bin";

  private final Path origin;
  private final List<TensorFile> shards;
  private final Map<String, TensorFile> places;

  private TorchShards(Path origin, List<TensorFile> shards, Map<String, TensorFile> places) {
    this.origin = origin;
    this.shards = shards;
    this.places = places;
  }

  /**
   * Opens all shards.
   *
   * @throws TensorFileException if one of them is missing, damaged, or lacks what the index lists
   */
  static TorchShards open(Path indexFile, SafeTensorsIndex index) {
    List<TensorFile> shards = new ArrayList<>();
    Map<String, TensorFile> places = new TreeMap<>();
    try {
      for (String name : index.shards()) {
        Path file = indexFile.resolveSibling(name);
        TensorFile shard = TensorFile.open(file);
        shards.add(shard);
        for (String tensor : index.namesIn(name)) {
          if (!shard.names().contains(tensor)) {
            throw TensorFileException.unreadable(
                file,
                "it lacks tensor " + tensor + ", which " + indexFile.getFileName() + " lists");
          }
          places.put(tensor, shard);
        }
      }
      return new TorchShards(indexFile, shards, places);
    } catch (RuntimeException e) {
      shards.forEach(TensorFile::close);
      throw e;
    }
  }

  private TensorFile at(String name) {
    TensorFile shard = places.get(name);
    if (shard == null) {
      throw TensorFileException.unreadable(origin, "it lists no tensor " + name);
    }
    return shard;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(places.keySet());
  }

  @Override
  public Tensor get(String name) {
    return at(name).get(name);
  }

  @Override
  public Tensor forConversion(String name) {
    return at(name).forConversion(name);
  }

  @Override
  public DType dtype(String name) {
    return at(name).dtype(name);
  }

  @Override
  public long[] shape(String name) {
    return at(name).shape(name);
  }

  /** Empty: pickles say nothing of themselves. */
  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public void close() {
    shards.forEach(TensorFile::close);
  }
}
