package io.github.tcd4j.server.engine;

import io.github.tcd4j.pipeline.checkpoint.MemoryEstimate;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;

/**
 * A model that requests may name.
 *
 * @param name by which requests call it, without any folder
 * @param folder its files
 * @param bytes that its networks take in memory, estimated from the headers of its files
 */
public record ServedModel(String name, ModelFolder folder, long bytes) {
  /**
   * Reads the headers of the files.
   *
   * @throws io.github.tcd4j.pipeline.checkpoint.ModelException if they are no model that generates
   */
  public static ServedModel of(String name, ModelFolder folder) {
    long bytes =
        MemoryEstimate.of(folder).networks().stream()
            .mapToLong(MemoryEstimate.Network::stored)
            .sum();
    return new ServedModel(name, folder, bytes);
  }
}
