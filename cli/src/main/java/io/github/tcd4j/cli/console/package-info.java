/**
 * What commands share with the terminal: progress lines, interrupts, exit codes, the texts of
 * hints.
 */
@NullMarked
package io.github.tcd4j.cli.console;

import org.jspecify.annotations.NullMarked;
