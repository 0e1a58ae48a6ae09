/** What all APIs have in common: reading JSON, who may call, errors as JSON, streams of events. */
@NullMarked
package io.github.tcd4j.server.http;

import org.jspecify.annotations.NullMarked;
