/**
 * The building blocks that all networks share. A layer is a value built from {@link
 * io.github.tcd4j.models.layers.Weights} under a prefix, so that the constructors of a network read
 * like the key list of its checkpoint; the same constructors run on fresh weights for training. A
 * forward call carries the {@link io.github.tcd4j.models.layers.Adapters} that are active in it.
 */
@NullMarked
package io.github.tcd4j.models.layers;

import org.jspecify.annotations.NullMarked;
