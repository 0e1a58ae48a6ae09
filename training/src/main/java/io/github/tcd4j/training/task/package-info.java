/**
 * The four things that the project trains: the text-image pair (contrastive), the autoencoder, the
 * latent diffusion teacher, and the distilled student. Each is a {@link
 * io.github.tcd4j.training.Task}: networks, data and a loss; the loop does the rest.
 *
 * <p>A distillation is put together from values: the {@link
 * io.github.tcd4j.training.distill.DistillationConfig} says what is taught, the {@code Student}
 * what learns it (a LoRA, a whole network, either of them conditioned on s by an embedding), the
 * {@code Target} what it is compared with, the {@code Teacher} whom it follows.
 */
@NullMarked
package io.github.tcd4j.training.task;

import org.jspecify.annotations.NullMarked;
