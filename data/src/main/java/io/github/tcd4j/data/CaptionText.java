package io.github.tcd4j.data;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * The text of a caption file: UTF-8, with or without a byte order mark, or what another mark
 * declares (UTF-16, UTF-32). Other encodings cannot be distinguished, so a file of theirs is
 * dropped instead of read wrongly; kohya's scripts and Python's {@code decode("utf-8")} refuse it
 * as well.
 */
final class CaptionText {
  private CaptionText() {}

  private enum Mark {
    UTF_32LE("UTF-32LE", 0xff, 0xfe, 0, 0),
    UTF_32BE("UTF-32BE", 0, 0, 0xfe, 0xff),
    UTF_16LE("UTF-16LE", 0xff, 0xfe),
    UTF_16BE("UTF-16BE", 0xfe, 0xff),
    UTF_8("UTF-8", 0xef, 0xbb, 0xbf);

    private final Charset charset;
    private final int[] bytes;

    Mark(String charset, int... bytes) {
      this.charset = Charset.forName(charset);
      this.bytes = bytes;
    }

    boolean startsOf(byte[] file) {
      for (int i = 0; i < bytes.length; i++) {
        if (i >= file.length || (file[i] & 0xff) != bytes[i]) {
          return false;
        }
      }
      return true;
    }
  }

  /** The text without a mark, and without white space around it; may be empty. */
  static String decode(byte[] file) throws UnusableSample {
    Charset charset = StandardCharsets.UTF_8;
    int start = 0;
    for (Mark mark : Mark.values()) {
      if (mark.startsOf(file)) {
        charset = mark.charset;
        start = mark.bytes.length;
        break;
      }
    }
    try {
      ByteBuffer rest = ByteBuffer.wrap(file, start, file.length - start);
      String text = charset.newDecoder().decode(rest).toString().strip();
      if (text.indexOf('\0') >= 0) {
        throw new UnusableSample(
            "with a caption that has NUL characters, as UTF-16 without a mark");
      }
      return text;
    } catch (CharacterCodingException e) {
      throw new UnusableSample("with a caption that is not " + charset.name());
    }
  }
}
