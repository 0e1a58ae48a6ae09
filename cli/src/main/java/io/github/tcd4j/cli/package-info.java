/** The command line: one class per command, no mathematics. */
@NullMarked
package io.github.tcd4j.cli;

import org.jspecify.annotations.NullMarked;
