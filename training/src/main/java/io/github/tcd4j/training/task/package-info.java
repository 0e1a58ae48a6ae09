/**
 * The four things that the project trains: the text-image pair (contrastive), the autoencoder, the
 * latent diffusion teacher, and the distilled student. Each is a {@link
 * io.github.tcd4j.training.Task}: networks, data and a loss; the loop does the rest.
 */
@NullMarked
package io.github.tcd4j.training.task;

import org.jspecify.annotations.NullMarked;
