/**
 * Networks of a loaded model. Public only to Java: trainers open their teachers with it; everybody
 * else uses {@link io.github.tcd4j.pipeline.TextToImage}.
 */
@NullMarked
package io.github.tcd4j.pipeline.internal;

import org.jspecify.annotations.NullMarked;
