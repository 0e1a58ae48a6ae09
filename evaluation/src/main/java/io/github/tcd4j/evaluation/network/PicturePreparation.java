package io.github.tcd4j.evaluation.network;

import io.github.tcd4j.evaluation.picture.PictureFile;
import io.github.tcd4j.evaluation.preprocess.PicturePrep;
import io.github.tcd4j.evaluation.preprocess.Preprocessor;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.decode.ImageFormatException;
import io.github.tcd4j.images.decode.Reading;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads, decodes and prepares one picture; runs on any thread.
 *
 * @param picture which
 * @param hash of its bytes; empty if it cannot be read
 * @param pixels null where the row is known, or the picture is broken
 * @param fault null where it is not broken
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not asked for.
record PicturePreparation(
    PictureFile picture, String hash, float @Nullable [] pixels, @Nullable String fault) {
  /**
   * @param preprocessor of the network
   * @param prep what is done to the picture first
   * @param known whether the row of a hash is known, so that pixels are not needed
   */
  static PicturePreparation of(
      PictureFile picture, Preprocessor preprocessor, PicturePrep prep, Predicate<String> known) {
    String hash = "";
    try {
      byte[] bytes = Files.readAllBytes(picture.path());
      hash = sha256(bytes);
      if (known.test(hash)) {
        return new PicturePreparation(picture, hash, null, null);
      }
      float[] pixels =
          prep.equals(PicturePrep.NONE)
              ? preprocessor.read(bytes)
              : preprocessor.apply(prep.apply(ImageDecoder.decode(bytes, Reading.AS_STORED)));
      return new PicturePreparation(picture, hash, pixels, null);
    } catch (ImageFormatException e) {
      return new PicturePreparation(picture, hash, null, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new PicturePreparation(picture, hash, null, fault(e));
    }
  }

  /** Of these the message is only the path. */
  private static String fault(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "it is a link to a file that is not there, or was deleted";
    }
    return e instanceof AccessDeniedException
        ? "it must not be read: permission denied"
        : "it cannot be read: " + e.getMessage();
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
