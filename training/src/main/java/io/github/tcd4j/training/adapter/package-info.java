/**
 * Training of networks next to a finished model: ControlNet, IP-Adapter, and a tiny autoencoder in
 * the place of its own.
 */
@NullMarked
package io.github.tcd4j.training.adapter;

import org.jspecify.annotations.NullMarked;
