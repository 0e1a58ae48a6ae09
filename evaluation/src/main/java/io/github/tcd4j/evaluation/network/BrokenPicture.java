package io.github.tcd4j.evaluation.network;

import io.github.tcd4j.evaluation.picture.PictureFile;

/**
 * A picture that cannot be read.
 *
 * @param fault what is wrong with it, without a subject: {@code its data are damaged}
 */
public record BrokenPicture(PictureFile picture, String fault) {}
