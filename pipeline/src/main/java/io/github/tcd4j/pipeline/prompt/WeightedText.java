package io.github.tcd4j.pipeline.prompt;

/**
 * A piece of a prompt.
 *
 * @param weight factor on what the encoder makes of it; 1 leaves it alone
 */
public record WeightedText(String text, double weight) {}
