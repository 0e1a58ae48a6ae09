/** Moving pictures as files: animated GIF, PNG and WebP, or a folder of frames. */
@NullMarked
package io.github.tcd4j.images.clip;

import org.jspecify.annotations.NullMarked;
