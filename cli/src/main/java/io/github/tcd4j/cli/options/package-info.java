/** Options that several commands take, and the converters of their values. */
@NullMarked
package io.github.tcd4j.cli.options;

import org.jspecify.annotations.NullMarked;
