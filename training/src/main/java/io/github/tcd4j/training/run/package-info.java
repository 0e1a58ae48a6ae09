/**
 * What a training run leaves behind and shows.
 *
 * <p>{@link io.github.tcd4j.training.run.RunFolder} is the folder of a run:
 *
 * <pre>
 * recipe.yaml            the recipe, every entry spelled out
 * log.jsonl              one JSON object a line: the step and its figures
 * events.out.tfevents.*  the same for TensorBoard
 * samples/step-N.png     state of training
 * checkpoints/step-N/    all that is needed to go on; the newest few
 * final/                 the product
 * </pre>
 *
 * <p>Folders appear whole or not at all: they are written next to their place, forced to the disk,
 * then renamed. {@link io.github.tcd4j.training.run.ProgressLine} is what a person at a terminal
 * sees.
 */
@NullMarked
package io.github.tcd4j.training.run;

import org.jspecify.annotations.NullMarked;
