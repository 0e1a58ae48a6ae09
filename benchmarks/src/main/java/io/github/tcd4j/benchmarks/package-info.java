/** Measurements beside a peer; the scripts in benchmarks/ run them and print the ratios. */
@NullMarked
package io.github.tcd4j.benchmarks;

import org.jspecify.annotations.NullMarked;
