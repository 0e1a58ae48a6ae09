package io.github.tcd4j.training.task;

import io.github.tcd4j.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** SHA-256 of texts and of named tensors: whether what was made from them is still good. */
final class Fingerprint {
  private Fingerprint() {}

  static String of(String text) {
    return hex(d -> d.update(text.getBytes(StandardCharsets.UTF_8)));
  }

  @SafeVarargs
  static String of(Map<String, Tensor>... groups) {
    return hex(
        digest -> {
          for (Map<String, Tensor> group : List.of(groups)) {
            new TreeMap<>(group)
                .forEach(
                    (name, t) -> {
                      digest.update(name.getBytes(StandardCharsets.UTF_8));
                      digest.update(t.toByteArray());
                    });
          }
        });
  }

  private static String hex(Consumer<MessageDigest> content) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      content.accept(digest);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
