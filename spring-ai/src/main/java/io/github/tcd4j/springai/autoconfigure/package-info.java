/** What Spring Boot sets up of itself: properties, the model, its health. */
@NullMarked
package io.github.tcd4j.springai.autoconfigure;

import org.jspecify.annotations.NullMarked;
