/**
 * The change that an adapter makes to one weight: low-rank products, LoHa and LoKr of LyCORIS,
 * DoRA, and whole tensors.
 */
@NullMarked
package io.github.tcd4j.models.lora.delta;

import org.jspecify.annotations.NullMarked;
