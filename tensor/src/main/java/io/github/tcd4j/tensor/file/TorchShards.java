package io.github.tcd4j.tensor.file;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Pickles of {@code torch.save} that an index lists, read as one file. */
final class TorchShards {
  /** How the shards of such an index end. */
  static final String ENDING = ".bin";

  private TorchShards() {}

  /**
   * Opens all shards.
   *
   * @throws TensorFileException if one of them is missing, damaged, or lacks what the index lists
   */
  static TensorFile open(Path indexFile, SafeTensorsIndex index) {
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
      return new JoinedFiles(indexFile.toString(), shards, places);
    } catch (RuntimeException e) {
      shards.forEach(TensorFile::close);
      throw e;
    }
  }
}
