/** Samplers by name. */
@NullMarked
package io.github.tcd4j.diffusion.sampler.registry;

import org.jspecify.annotations.NullMarked;
