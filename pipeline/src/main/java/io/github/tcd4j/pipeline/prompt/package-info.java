/**
 * How a prompt is read before a text encoder encodes it: weights and brackets to {@link
 * io.github.tcd4j.pipeline.prompt.WeightedText}, those to {@link
 * io.github.tcd4j.pipeline.prompt.TokenWindow}s of as many tokens as the encoder takes at once,
 * with the vectors of textual inversion in the place of their triggers.
 */
@NullMarked
package io.github.tcd4j.pipeline.prompt;

import org.jspecify.annotations.NullMarked;
