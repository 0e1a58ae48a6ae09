/**
 * What training makes small. An {@link io.github.tcd4j.diffusion.objective.Objective} takes clean
 * latents and the {@link io.github.tcd4j.diffusion.objective.Players} and returns a loss for each
 * player that learns:
 *
 * <ul>
 *   <li>{@link io.github.tcd4j.diffusion.objective.DiffusionLoss}: the teacher's own training;
 *   <li>{@link io.github.tcd4j.diffusion.objective.Tcd}: trajectory consistency distillation;
 *   <li>{@link io.github.tcd4j.diffusion.objective.Lcm}: latent consistency distillation, by the
 *       same {@link io.github.tcd4j.diffusion.objective.GuidedStep};
 *   <li>{@link io.github.tcd4j.diffusion.objective.Pcm}, {@link
 *       io.github.tcd4j.diffusion.objective.Tscd}, {@link io.github.tcd4j.diffusion.objective.Tdd}:
 *       relatives of TCD that differ in their {@link
 *       io.github.tcd4j.diffusion.objective.Destinations};
 *   <li>{@link io.github.tcd4j.diffusion.objective.Cd}, {@link
 *       io.github.tcd4j.diffusion.objective.Ct}: consistency distillation and training in EDM time;
 *   <li>{@link io.github.tcd4j.diffusion.objective.Ctm}: consistency trajectory models.
 * </ul>
 *
 * <p>Tensors that a call makes belong to the scope that the caller has open.
 */
@NullMarked
package io.github.tcd4j.diffusion.objective;

import org.jspecify.annotations.NullMarked;
