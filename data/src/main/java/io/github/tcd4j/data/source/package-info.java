/** Data sets by the text that names them: a path of shards or images, or scenes with options. */
@NullMarked
package io.github.tcd4j.data.source;

import org.jspecify.annotations.NullMarked;
