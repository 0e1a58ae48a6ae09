/**
 * Image files to pixels: PNG, JPEG and WebP, as Pillow shows them after {@code
 * ImageOps.exif_transpose}, on white. A file that is damaged is an error, never half an image.
 */
@NullMarked
package io.github.tcd4j.images.decode;

import org.jspecify.annotations.NullMarked;
