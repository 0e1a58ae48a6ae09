/**
 * Networks that people's choices trained to score pictures: ImageReward, PickScore, HPS v2 and
 * LAION's aesthetic predictors.
 */
@NullMarked
package io.github.tcd4j.models.reward;

import org.jspecify.annotations.NullMarked;
