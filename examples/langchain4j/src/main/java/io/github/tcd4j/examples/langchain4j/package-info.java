/** A program that generates an image through LangChain4j. */
@NullMarked
package io.github.tcd4j.examples.langchain4j;

import org.jspecify.annotations.NullMarked;
