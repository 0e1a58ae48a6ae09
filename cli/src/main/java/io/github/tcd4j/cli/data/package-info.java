/** {@code tcd4j data}: looking at what models are trained on. */
@NullMarked
package io.github.tcd4j.cli.data;

import org.jspecify.annotations.NullMarked;
