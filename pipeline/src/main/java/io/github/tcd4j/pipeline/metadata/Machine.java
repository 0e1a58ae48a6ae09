package io.github.tcd4j.pipeline.metadata;

/**
 * What a picture was computed on.
 *
 * @param device {@code cpu}, {@code cuda:N} or {@code mps}
 * @param engine version of libtorch
 */
public record Machine(String device, String engine) {}
