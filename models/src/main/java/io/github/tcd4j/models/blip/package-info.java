/**
 * BLIP: a vision transformer, and a BERT whose layers also attend to the picture's tokens (Li et
 * al. 2022, arXiv 2201.12086), as ImageReward uses them: bidirectional, without a decoder.
 */
@NullMarked
package io.github.tcd4j.models.blip;

import org.jspecify.annotations.NullMarked;
