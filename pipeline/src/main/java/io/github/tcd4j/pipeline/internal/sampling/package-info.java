/** What generation and the previews of a training run share between prompts and a sampler. */
@NullMarked
package io.github.tcd4j.pipeline.internal.sampling;

import org.jspecify.annotations.NullMarked;
