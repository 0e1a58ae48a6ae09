/**
 * Samplers of distilled networks: strategic stochastic sampling (TCD), its second-order forms, CTM,
 * LCM and multistep consistency sampling.
 */
@NullMarked
package io.github.tcd4j.diffusion.sampler.consistency;

import org.jspecify.annotations.NullMarked;
