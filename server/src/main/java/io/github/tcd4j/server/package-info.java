/** HTTP APIs and a web page over a pipeline. */
@NullMarked
package io.github.tcd4j.server;

import org.jspecify.annotations.NullMarked;
