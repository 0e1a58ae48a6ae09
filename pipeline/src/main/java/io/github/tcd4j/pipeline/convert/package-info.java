/** Writes a model in another layout or precision. */
@NullMarked
package io.github.tcd4j.pipeline.convert;

import org.jspecify.annotations.NullMarked;
