/** What tokenizers do to a text before and instead of byte-pair encoding. */
@NullMarked
package io.github.tcd4j.models.text;

import org.jspecify.annotations.NullMarked;
