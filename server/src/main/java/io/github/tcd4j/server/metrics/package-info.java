/** What operators see: metrics, a line of JSON for each job, events of the flight recorder. */
@NullMarked
package io.github.tcd4j.server.metrics;

import org.jspecify.annotations.NullMarked;
