/** The web page. */
@NullMarked
package io.github.tcd4j.server.page;

import org.jspecify.annotations.NullMarked;
