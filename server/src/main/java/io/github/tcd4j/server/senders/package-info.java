/** How slowly a request may come, and who waits for it: no thread does. */
@NullMarked
package io.github.tcd4j.server.senders;

import org.jspecify.annotations.NullMarked;
