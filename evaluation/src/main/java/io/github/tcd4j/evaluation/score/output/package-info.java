/** Figures of pictures as tables, files and one page. */
@NullMarked
package io.github.tcd4j.evaluation.score.output;

import org.jspecify.annotations.NullMarked;
