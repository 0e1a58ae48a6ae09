/**
 * Networks of a training run: frozen components around a U-Net, teachers, and how a trained model
 * is written.
 */
@NullMarked
package io.github.tcd4j.training.network;

import org.jspecify.annotations.NullMarked;
