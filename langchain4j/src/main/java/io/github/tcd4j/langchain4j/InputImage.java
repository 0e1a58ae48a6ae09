package io.github.tcd4j.langchain4j;

import dev.langchain4j.data.image.Image;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.input.InputFile;
import java.net.URI;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** The bytes of an image that a caller passes in. Nothing is fetched and no file is opened. */
final class InputImage {
  private static final String BASE64 = ";base64,";

  private InputImage() {}

  /**
   * The image as a file in memory.
   *
   * @param what it is, for messages and for the metadata of the result
   * @throws InvalidRequestException if it holds no data
   */
  static InputFile of(String what, Image image) {
    String data = image.base64Data();
    return InputFile.of(what, bytes(what, data == null ? inline(what, image.url()) : data));
  }

  private static byte[] bytes(String what, String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(
          "the " + what + " is not valid base64: " + e.getMessage(), e);
    }
  }

  /** What follows {@code data:image/png;base64,}. */
  private static String inline(String what, @Nullable URI url) {
    String text = url == null ? "" : url.toString();
    int start = text.indexOf(BASE64);
    if (!text.startsWith("data:") || start < 0) {
      throw new InvalidRequestException(
          "the " + what + " must be given as base64 data; addresses are not fetched");
    }
    return text.substring(start + BASE64.length());
  }
}
