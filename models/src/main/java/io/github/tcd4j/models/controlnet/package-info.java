/**
 * Networks that see a hint, such as edges, next to the noisy latents, and add to the features of a
 * U-Net: ControlNet (Zhang et al. 2023), as diffusers' {@code ControlNetModel}.
 */
@NullMarked
package io.github.tcd4j.models.controlnet;

import org.jspecify.annotations.NullMarked;
