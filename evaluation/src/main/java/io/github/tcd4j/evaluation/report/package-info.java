/** Tables (Markdown, CSV) and plots of measured figures with their intervals. */
@NullMarked
package io.github.tcd4j.evaluation.report;

import org.jspecify.annotations.NullMarked;
