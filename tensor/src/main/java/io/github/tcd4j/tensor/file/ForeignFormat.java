package io.github.tcd4j.tensor.file;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Formats that stand where safetensors or the zip of {@code torch.save} are expected and are not
 * read, by their first bytes. As the length of a safetensors header each of them would be more than
 * such a file may have.
 */
final class ForeignFormat {
  /** Bytes by which a format is known. */
  static final int START = 15;

  /** Bytes by which texts are known. */
  private static final int TEXT = 8;

  private ForeignFormat() {}

  /** What the file is and what to do; null where nothing speaks against reading it. */
  static @Nullable String fault(byte[] start) {
    if (start.length < TEXT) {
      return null;
    }
    if (isPickle(start)) {
      return "it is a pickle of Python objects but none of torch.save; where you trust it, load it"
          + " with PyTorch and save its tensors, or use the same model as safetensors";
    }
    String text = new String(start, 0, TEXT, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
    if (text.startsWith("gguf")) {
      return "it is GGUF, which is not supported; use the model as safetensors in float16, bfloat16"
          + " or float32";
    }
    if (text.equals("version ")) {
      return "it is a pointer of Git LFS, not the file itself; git lfs pull fetches it";
    }
    if (text.equals("<!doctyp") || text.matches("(?s)<(html|head|\\?xml)[ >\\s].*")) {
      return "it is a web page, as servers send where a download needs a login; download it anew";
    }
    return null;
  }

  /**
   * Whether a file starts as pickles of protocol 2 to 5 do. The same two bytes may begin the length
   * of a safetensors header, eight bytes of which the last four are 0.
   */
  private static boolean isPickle(byte[] start) {
    return (start[0] & 255) == 0x80
        && start[1] >= 2
        && start[1] <= 5
        && (start[4] | start[5] | start[6] | start[7]) != 0;
  }
}
