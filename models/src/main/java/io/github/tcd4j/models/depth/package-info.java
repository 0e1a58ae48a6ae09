/**
 * Networks that estimate depth from one picture: Depth-Anything (Yang et al. 2024) and DPT (Ranftl
 * et al. 2021), under the names of transformers' files.
 */
@NullMarked
package io.github.tcd4j.models.depth;

import org.jspecify.annotations.NullMarked;
