/** Training data in memory: images with captions, and their latents and text tokens. */
@NullMarked
package io.github.tcd4j.training.dataset;

import org.jspecify.annotations.NullMarked;
