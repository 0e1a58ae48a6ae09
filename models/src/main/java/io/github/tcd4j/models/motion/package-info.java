/**
 * Motion modules, which make a video of what a U-Net of pictures generates: AnimateDiff (Guo et al.
 * 2023), as diffusers' {@code MotionAdapter} and {@code UNetMotionModel}.
 */
@NullMarked
package io.github.tcd4j.models.motion;

import org.jspecify.annotations.NullMarked;
