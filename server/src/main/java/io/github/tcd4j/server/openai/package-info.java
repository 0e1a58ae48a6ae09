/** The image API of OpenAI, for every client that speaks it. */
@NullMarked
package io.github.tcd4j.server.openai;

import org.jspecify.annotations.NullMarked;
