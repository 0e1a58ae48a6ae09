package io.github.tcd4j.server.openai;

import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.decode.ImageFormatException;
import io.github.tcd4j.images.jpeg.JpegWriter;
import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JsonFields;

/**
 * How an answer's pictures are encoded: OpenAI's {@code output_format} and {@code
 * output_compression}.
 *
 * @param jpeg whether as JPEG, which keeps no settings; else as PNG
 * @param quality of JPEG in [0, 1]
 */
record OutputFormat(boolean jpeg, double quality) {
  static OutputFormat read(JsonFields f) {
    String format = f.text("output_format");
    boolean jpeg = "jpeg".equals(format);
    if (format != null && !jpeg && !format.equals("png")) {
      throw HttpProblem.invalid(
          "output_format", "output_format must be png or jpeg on this server");
    }
    Integer compression = f.integer(0, 100, "output_compression");
    return new OutputFormat(jpeg, compression == null ? 1 : compression / 100.0);
  }

  /** The name in OpenAI's answers. */
  String key() {
    return jpeg ? "jpeg" : "png";
  }

  /** A picture of ours in this format. */
  byte[] of(byte[] png) {
    if (!jpeg) {
      return png;
    }
    try {
      return JpegWriter.encode(ImageDecoder.decode(png), quality);
    } catch (ImageFormatException e) {
      throw new IllegalStateException("a picture of our own cannot be read", e);
    }
  }
}
