/** The API of AUTOMATIC1111's web page, for every client that speaks it. */
@NullMarked
package io.github.tcd4j.server.a1111;

import org.jspecify.annotations.NullMarked;
