/** {@code tcd4j train} and {@code tcd4j distill}. */
@NullMarked
package io.github.tcd4j.cli.train;

import org.jspecify.annotations.NullMarked;
