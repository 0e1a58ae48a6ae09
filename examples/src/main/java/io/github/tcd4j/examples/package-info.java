/** Numbered programs to read and run, each a page long; the tests run them all. */
@NullMarked
package io.github.tcd4j.examples;

import org.jspecify.annotations.NullMarked;
