/**
 * Checkpoints in one file, with the key names of the first Stable Diffusion code ("ldm", and "sgm"
 * for SDXL), seen as the parts of a diffusers folder.
 */
@NullMarked
package io.github.tcd4j.models.files;

import org.jspecify.annotations.NullMarked;
