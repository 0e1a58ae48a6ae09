package io.github.tcd4j.pipeline.metadata;

/**
 * The position of a picture in the batch that it was computed in, on which its last bits depend.
 *
 * @param batchSeed seed of the first picture of the batch, see {@link Seed}
 * @param size number of pictures in the batch
 * @param index of this picture, from 0
 * @param shared whether pictures of other requests were computed in the same calls of the network:
 *     then the picture can be generated again only up to its last bits
 */
public record BatchPosition(long batchSeed, int size, int index, boolean shared) {
  public BatchPosition {
    if (size < 1 || index < 0 || index >= size) {
      throw new IllegalArgumentException(
          "a picture's index must be in [0, " + (size - 1) + "] but was " + index);
    }
  }

  /** In a batch of its own request alone. */
  public BatchPosition(long batchSeed, int size, int index) {
    this(batchSeed, size, index, false);
  }

  /** The picture's own seed. */
  public long seed() {
    return batchSeed + index;
  }
}
