/** Requests of all API families on their way in, and jobs on their way out, as JSON. */
@NullMarked
package io.github.tcd4j.server.api;

import org.jspecify.annotations.NullMarked;
