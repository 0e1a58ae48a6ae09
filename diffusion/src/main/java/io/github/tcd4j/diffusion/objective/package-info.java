/**
 * What training makes small. An {@link io.github.tcd4j.diffusion.objective.Objective} takes clean
 * latents and the {@link io.github.tcd4j.diffusion.objective.DistillationNetworks} and returns a
 * loss for each player that learns:
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
 * <p>A distillation draws a point x_t of the data's noise, takes the teacher's step to t_n on its
 * own trajectory, and asks that both ends be sent to the same place (paper, eq. 8, 13, 29):
 *
 * <pre>
 *   x_tn = solver(x_t, t, t_n)                         one step of the guided teacher, width k
 *   LCM  d( f(x_t, t), f-(x_tn, t_n) )                 f = c_skip x + c_out x0, time 0
 *   TCD  d( f^{t->s}(x_t), f-^{tn->s}(x_tn) )          s drawn from 0 .. t_n
 * </pre>
 *
 * <p>f- is the target, which has no gradient, and d a {@link
 * io.github.tcd4j.diffusion.objective.Distance}. PCM, TSCD and TDD draw another s; CD, CT and CTM
 * do the same in tau = sigma / alpha.
 *
 * <p>Tensors that a call makes belong to the scope that the caller has open.
 */
@NullMarked
package io.github.tcd4j.diffusion.objective;

import org.jspecify.annotations.NullMarked;
