/** {@code tcd4j evaluate} and {@code tcd4j experiment}. */
@NullMarked
package io.github.tcd4j.cli.evaluate;

import org.jspecify.annotations.NullMarked;
