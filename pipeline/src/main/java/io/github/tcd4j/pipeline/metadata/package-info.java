/** What a picture remembers: the complete settings, as JSON and in the text form of the field. */
@NullMarked
package io.github.tcd4j.pipeline.metadata;

import org.jspecify.annotations.NullMarked;
