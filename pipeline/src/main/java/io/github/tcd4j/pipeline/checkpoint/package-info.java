/**
 * Models on disk: diffusers folders and single files, their components, configurations, hashes and
 * the memory that they take.
 */
@NullMarked
package io.github.tcd4j.pipeline.checkpoint;

import org.jspecify.annotations.NullMarked;
