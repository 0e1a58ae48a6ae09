/** Filters of pictures, equal to Pillow's in every byte. */
@NullMarked
package io.github.tcd4j.images.filter;

import org.jspecify.annotations.NullMarked;
