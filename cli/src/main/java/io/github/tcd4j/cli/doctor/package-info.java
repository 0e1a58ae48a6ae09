/** What works on this machine and how to fix what does not: one {@code Check} for each part. */
@NullMarked
package io.github.tcd4j.cli.doctor;

import org.jspecify.annotations.NullMarked;
