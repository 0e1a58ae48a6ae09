/** An application of Spring Boot that answers prompts with images. */
@NullMarked
package io.github.tcd4j.examples.springboot;

import org.jspecify.annotations.NullMarked;
