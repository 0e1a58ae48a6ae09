/**
 * Metrics of pictures as pure functions of tensors: features (N, P), one row a picture or a
 * caption, and pixels (B, 3, H, W). Whatever network made the features, the formulas stay the same.
 * All sums run in float64.
 *
 * <ul>
 *   <li>{@link io.github.tcd4j.evaluation.metric.FrechetDistance}: |m1 - m2|^2 + Tr(C1 + C2 - 2 (C1
 *       C2)^1/2), means m and covariances C (divided by N - 1) of two sets of features.
 *   <li>{@link io.github.tcd4j.evaluation.metric.KernelDistance} (KID): the unbiased squared
 *       maximum mean discrepancy under the kernel k(a, b) = (a'b / P + 1)^3.
 *   <li>{@link io.github.tcd4j.evaluation.metric.ClipScore}: 100 times the cosine between a picture
 *       and its caption.
 *   <li>{@link io.github.tcd4j.evaluation.metric.Retrieval}: how often a picture's own caption is
 *       among the k of a candidate list that lie nearest to it.
 *   <li>{@link io.github.tcd4j.evaluation.metric.Complexity}: bits per pixel that the picture's
 *       detail costs; needs no network.
 *   <li>{@link io.github.tcd4j.evaluation.metric.Bootstrap}: how far each figure would move with
 *       other pictures.
 * </ul>
 */
@NullMarked
package io.github.tcd4j.evaluation.metric;

import org.jspecify.annotations.NullMarked;
