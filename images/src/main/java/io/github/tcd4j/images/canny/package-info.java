/** Edges (Canny 1986), equal to OpenCV's in every pixel. */
@NullMarked
package io.github.tcd4j.images.canny;

import org.jspecify.annotations.NullMarked;
