package io.github.tcd4j.evaluation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of a sequence of parts, each with its length, so that no two sequences read alike. */
final class Digest {
  private final MessageDigest sha;

  Digest() {
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  Digest add(String text) {
    return add(text.getBytes(StandardCharsets.UTF_8));
  }

  Digest add(byte[] bytes) {
    sha.update(ByteBuffer.allocate(8).putLong(0, bytes.length));
    sha.update(bytes);
    return this;
  }

  Digest add(Path file) {
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      sha.update(ByteBuffer.allocate(8).putLong(0, Files.size(file)));
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        sha.update(buffer, 0, n);
      }
    } catch (IOException e) {
      throw new EvaluationException("cannot read " + file + ": " + e.getMessage(), e);
    }
    return this;
  }

  /** 16 hexadecimal digits; the digest starts anew. */
  String hex() {
    return HexFormat.of().formatHex(sha.digest()).substring(0, 16);
  }
}
