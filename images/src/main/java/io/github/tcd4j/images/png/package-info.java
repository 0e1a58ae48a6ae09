/**
 * PNG files. One carries its settings in two iTXt chunks, which unlike tEXt hold any language:
 * {@code parameters} in the text form that the field's web pages read, and {@code tcd4j}, JSON that
 * is enough to generate the picture again.
 */
@NullMarked
package io.github.tcd4j.images.png;

import org.jspecify.annotations.NullMarked;
