/** Pictures in memory, in pure Java: this module knows nothing of tensors. */
@NullMarked
package io.github.tcd4j.images;

import org.jspecify.annotations.NullMarked;
