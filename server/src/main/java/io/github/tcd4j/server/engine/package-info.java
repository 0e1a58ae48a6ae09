/**
 * Jobs, their queue, and the one thread that generates: whatever speaks HTTP only submits jobs and
 * reads their state.
 */
@NullMarked
package io.github.tcd4j.server.engine;

import org.jspecify.annotations.NullMarked;
