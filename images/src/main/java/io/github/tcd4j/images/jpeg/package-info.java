/** Writing JPEG. */
@NullMarked
package io.github.tcd4j.images.jpeg;

import org.jspecify.annotations.NullMarked;
