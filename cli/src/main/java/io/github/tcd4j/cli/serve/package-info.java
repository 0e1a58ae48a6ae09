/** {@code tcd4j serve}. */
@NullMarked
package io.github.tcd4j.cli.serve;

import org.jspecify.annotations.NullMarked;
