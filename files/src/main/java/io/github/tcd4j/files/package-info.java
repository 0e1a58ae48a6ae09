/**
 * The ground floor: files and folders that are there whole or not at all, hashes, and the root of
 * all exceptions.
 *
 * <p>{@link io.github.tcd4j.files.AtomicFile} and {@link io.github.tcd4j.files.AtomicFolder} write,
 * {@link io.github.tcd4j.files.Sha256} identifies content. {@link
 * io.github.tcd4j.files.Tcd4jException} carries a sentence for the user and a {@link
 * io.github.tcd4j.files.Hint} of what to change, which a command line turns into options; {@link
 * io.github.tcd4j.files.InvalidRequestException} is for what cannot be asked for.
 *
 * <p>Nothing here knows of tensors. Parameters are never null unless marked.
 */
@NullMarked
package io.github.tcd4j.files;

import org.jspecify.annotations.NullMarked;
