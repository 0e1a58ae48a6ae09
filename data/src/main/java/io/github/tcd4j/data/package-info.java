/**
 * Data sets: images with captions, read from WebDataset shards or folders.
 *
 * <p>A shard is a tar file whose entries come in groups, {@code KEY.png}, {@code KEY.txt}, {@code
 * KEY.json}. {@link io.github.tcd4j.data.WebDataset} and {@link io.github.tcd4j.data.ImageFolder}
 * yield the groups, {@link io.github.tcd4j.data.InMemoryDataset} the captioned images, with a count
 * of every sample that was dropped and why; {@link io.github.tcd4j.data.EpochOrder} gives the order
 * of the batches. {@code data.scenes} composes images without end, {@code data.source} opens any of
 * these by name.
 */
@NullMarked
package io.github.tcd4j.data;

import org.jspecify.annotations.NullMarked;
