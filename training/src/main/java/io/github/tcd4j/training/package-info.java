/**
 * Training: one loop, {@link io.github.tcd4j.training.TrainingLoop}, for every {@link
 * io.github.tcd4j.training.Task}; a YAML recipe says which and how.
 *
 * <p>Nothing random is kept between steps: the numbers that step n draws, and the examples that it
 * sees, are functions of the recipe's seed and of n. A checkpoint therefore needs only the
 * parameters, the optimiser's moments, the moving average and n, and a run that is stopped and
 * resumed ends with the very bits of one that was not.
 */
@NullMarked
package io.github.tcd4j.training;

import org.jspecify.annotations.NullMarked;
