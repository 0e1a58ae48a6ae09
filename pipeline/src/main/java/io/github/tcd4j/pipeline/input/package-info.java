/**
 * Pictures that enter a request: the picture to start from, the mask of an inpainting, the margins
 * of an outpainting; and what they become before a network sees them.
 */
@NullMarked
package io.github.tcd4j.pipeline.input;

import org.jspecify.annotations.NullMarked;
