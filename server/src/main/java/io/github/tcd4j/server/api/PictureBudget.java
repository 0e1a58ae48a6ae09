package io.github.tcd4j.server.api;

import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.decode.ImageFormatException;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.server.http.HttpProblem;

/** Checks the pictures of one request, which together may have so many pixels. */
final class PictureBudget {
  /** 4096 x 4096; each takes memory many times. */
  static final long MOST_PIXELS = 1L << 24;

  private long pixels;

  /**
   * The picture, not decoded yet.
   *
   * @param field of the request, for the message
   * @param what it is, for its name
   */
  InputFile checked(String field, String what, byte[] file) {
    try {
      pixels += ImageDecoder.declaredPixels(file);
    } catch (ImageFormatException e) {
      throw HttpProblem.invalid(field, what + " cannot be used: " + e.getMessage());
    }
    if (pixels > MOST_PIXELS) {
      throw HttpProblem.invalid(
          field,
          (field + " have " + pixels + " pixels together but this server's limit is ")
              + MOST_PIXELS);
    }
    return InputFile.of(what, file);
  }
}
