/**
 * Reading and writing the {@code config.json} that stands beside the weights of each network of a
 * diffusers folder.
 */
@NullMarked
package io.github.tcd4j.models.config;

import org.jspecify.annotations.NullMarked;
