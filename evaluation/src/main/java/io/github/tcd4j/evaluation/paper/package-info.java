/** The tables and figures of the paper, as experiments. */
@NullMarked
package io.github.tcd4j.evaluation.paper;

import org.jspecify.annotations.NullMarked;
