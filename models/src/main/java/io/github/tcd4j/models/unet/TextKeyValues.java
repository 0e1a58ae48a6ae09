package io.github.tcd4j.models.unet;

/**
 * The keys and values of the text, by cross-attention layer: computed at each call, or once for all
 * steps of a picture.
 */
interface TextKeyValues {
  CrossAttention.KeyValue by(CrossAttention layer);
}
