/** What works on this machine, and the cure for what does not: one {@code Check} for each part. */
@NullMarked
package io.github.tcd4j.cli.doctor;

import org.jspecify.annotations.NullMarked;
