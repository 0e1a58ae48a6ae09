/**
 * The networks of measures, one in memory at a time, and the rows of numbers that they make of
 * pictures, kept in files so that no picture is looked at twice.
 */
@NullMarked
package io.github.tcd4j.evaluation.network;

import org.jspecify.annotations.NullMarked;
