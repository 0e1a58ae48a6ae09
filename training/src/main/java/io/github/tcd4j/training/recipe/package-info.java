/** Recipes: what a training run does, as records that are read strictly from YAML. */
@NullMarked
package io.github.tcd4j.training.recipe;

import org.jspecify.annotations.NullMarked;
