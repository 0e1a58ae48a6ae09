/**
 * The convolutional blocks that U-Net and autoencoder share. Images are (B, C, H, W) with channels
 * innermost in memory.
 */
@NullMarked
package io.github.tcd4j.models.blocks;

import org.jspecify.annotations.NullMarked;
