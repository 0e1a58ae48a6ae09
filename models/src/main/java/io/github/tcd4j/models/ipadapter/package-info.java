/**
 * Pictures as prompts: IP-Adapter (Ye et al. 2023). A picture's features become a few tokens, and
 * each cross-attention layer of the U-Net gets a second pair of projections to attend to them.
 */
@NullMarked
package io.github.tcd4j.models.ipadapter;

import org.jspecify.annotations.NullMarked;
