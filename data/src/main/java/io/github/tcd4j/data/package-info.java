/**
 * Data sets: images with captions, read from WebDataset shards.
 *
 * <p>A shard is a tar file whose entries come in groups, {@code KEY.png}, {@code KEY.txt}, {@code
 * KEY.json}. {@link io.github.tcd4j.data.WebDataset} yields the groups, {@link
 * io.github.tcd4j.data.InMemoryDataset} the examples, with a count of every sample that was dropped
 * and why; {@link io.github.tcd4j.data.EpochOrder} says which examples make which batch.
 */
@NullMarked
package io.github.tcd4j.data;

import org.jspecify.annotations.NullMarked;
