/**
 * Resizing equal to the byte to Pillow's, and on floats as Pillow's mode F does it: pictures that
 * enter a network are resized as the network's authors resized theirs.
 */
@NullMarked
package io.github.tcd4j.images.resize;

import org.jspecify.annotations.NullMarked;
