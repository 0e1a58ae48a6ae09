/** Where requests that run at the same time share the steps of a network, and why. */
@NullMarked
package io.github.tcd4j.server.sharing;

import org.jspecify.annotations.NullMarked;
