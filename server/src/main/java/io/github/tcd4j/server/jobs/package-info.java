/** The API of this project: jobs that are submitted, watched, cancelled and read. */
@NullMarked
package io.github.tcd4j.server.jobs;

import org.jspecify.annotations.NullMarked;
