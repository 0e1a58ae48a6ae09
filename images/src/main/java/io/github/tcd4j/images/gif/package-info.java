/** Animated GIF files, which carry their settings as a comment. */
@NullMarked
package io.github.tcd4j.images.gif;

import org.jspecify.annotations.NullMarked;
