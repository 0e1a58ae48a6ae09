package io.github.tcd4j.models.unet;

/**
 * The text as keys and values, by the layer that looks at it: made anew at each look, or once for
 * all steps of a picture.
 */
interface TextKeyValues {
  CrossAttention.KeyValue by(CrossAttention layer);
}
