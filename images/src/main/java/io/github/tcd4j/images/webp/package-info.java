/**
 * Animated WebP without loss (RFC 9649), written in pure Java, and the texts inside such a file.
 */
@NullMarked
package io.github.tcd4j.images.webp;

import org.jspecify.annotations.NullMarked;
