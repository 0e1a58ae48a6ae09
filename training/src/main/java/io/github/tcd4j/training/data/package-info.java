/**
 * Data sets: pictures with captions, read from WebDataset shards.
 *
 * <p>A shard is a tar file whose entries come in groups, {@code KEY.png}, {@code KEY.txt}, {@code
 * KEY.json}. {@link io.github.tcd4j.training.data.WebDataset} yields the groups, {@link
 * io.github.tcd4j.training.data.ShardedData} the examples, with a count of every sample that was
 * dropped and why; {@link io.github.tcd4j.training.data.EpochOrder} says which examples make which
 * batch.
 */
@NullMarked
package io.github.tcd4j.training.data;

import org.jspecify.annotations.NullMarked;
