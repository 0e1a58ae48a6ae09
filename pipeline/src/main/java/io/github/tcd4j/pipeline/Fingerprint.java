package io.github.tcd4j.pipeline;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Hashes by which a picture remembers the files that made it. */
final class Fingerprint {
  /** Samples of a large file, and the bytes of each. */
  private static final int SAMPLES = 16;

  private static final int BYTES = 1 << 14;

  private Fingerprint() {}

  /** SHA-256 of a whole file in hexadecimal digits. */
  static String sha256(Path file) {
    MessageDigest digest = digest();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    } catch (IOException e) {
      throw new PipelineException("cannot read " + file + ": " + e.getMessage(), e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * A hash of the files' lengths and of samples spread evenly over each, so that gigabytes take no
   * time: another model gives another value, a few changed weights may not. 16 hexadecimal digits.
   */
  static String sampled(List<Path> files) {
    MessageDigest digest = digest();
    for (Path file : files) {
      try (FileChannel channel = FileChannel.open(file)) {
        long length = channel.size();
        digest.update(ByteBuffer.allocate(8).putLong(0, length));
        for (int i = 0; i < SAMPLES; i++) {
          ByteBuffer sample = ByteBuffer.allocate(BYTES);
          channel.read(sample, Math.max(0, length - BYTES) * i / (SAMPLES - 1));
          digest.update(sample.flip());
        }
      } catch (IOException e) {
        throw new PipelineException("cannot read " + file + ": " + e.getMessage(), e);
      }
    }
    return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
