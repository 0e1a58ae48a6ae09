package io.github.tcd4j.training;

import io.github.tcd4j.tensor.Tensor;
import java.util.Map;

/**
 * A network that learns beside a task's parameters and against them, such as a discriminator, by an
 * optimiser of its own.
 *
 * @param name under which a task's losses tell what it lowers; in steps without it, it stands still
 * @param parameters its leaves, by name, always in the same order
 * @param rate of learning, the same in every step
 */
public record ParameterGroup(String name, Map<String, Tensor> parameters, double rate) {}
