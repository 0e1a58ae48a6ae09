/**
 * Noise schedules, and the times at which they are visited: alpha, sigma, lambda and tau = sigma /
 * alpha of a time, grids of nodes, spacings, Karras times.
 */
@NullMarked
package io.github.tcd4j.diffusion.schedule;

import org.jspecify.annotations.NullMarked;
