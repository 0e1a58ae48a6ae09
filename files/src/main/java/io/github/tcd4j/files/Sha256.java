package io.github.tcd4j.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 of a sequence of parts, each with its length, so that no two sequences are alike: by it a
 * picture, a cache and a LoRA identify what made them. Files that cannot be read are a {@link
 * FileException}.
 *
 * <pre>{@code
 * String key = new Sha256().add("clip").add(weights).brief();
 * }</pre>
 */
public final class Sha256 {
  /** Samples of a large file, and the bytes of each. */
  private static final int SAMPLES = 16;

  private static final int BYTES = 1 << 14;

  /** Digits of {@link #brief}. */
  private static final int BRIEF = 16;

  private static final FileCache<String> WHOLE = new FileCache<>(1024);

  private final MessageDigest digest;

  public Sha256() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The hash of a whole file and nothing else, 64 digits, as {@code sha256sum} prints it. */
  public static String of(Path file) {
    return new Sha256().content(file).hex();
  }

  /**
   * The same, computed once for as long as the file does not change: files of hundreds of megabytes
   * are named by request after request.
   */
  public static String ofUnchanged(Path file) {
    return WHOLE.get(file, () -> of(file));
  }

  /** The hash of a text in UTF-8 and nothing else, 64 digits. */
  public static String of(String text) {
    Sha256 sha = new Sha256();
    sha.digest.update(text.getBytes(StandardCharsets.UTF_8));
    return sha.hex();
  }

  /** The hash of bytes and nothing else, 64 digits. */
  public static String of(byte[] bytes) {
    Sha256 sha = new Sha256();
    sha.digest.update(bytes);
    return sha.hex();
  }

  /** Adds a text. */
  public Sha256 add(String text) {
    return add(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds bytes. */
  public Sha256 add(byte[] bytes) {
    length(bytes.length);
    digest.update(bytes);
    return this;
  }

  /** Adds the whole content of a file. */
  public Sha256 add(Path file) {
    try {
      length(Files.size(file));
    } catch (IOException e) {
      throw FileException.unreadable(file, e);
    }
    return content(file);
  }

  /**
   * Adds the length of a file and samples spread evenly over it, so that gigabytes take no time:
   * another model gives another value, a few changed weights may not.
   */
  public Sha256 sample(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      long length = channel.size();
      length(length);
      for (int i = 0; i < SAMPLES; i++) {
        ByteBuffer sample = ByteBuffer.allocate(BYTES);
        channel.read(sample, Math.max(0, length - BYTES) * i / (SAMPLES - 1));
        digest.update(sample.flip());
      }
    } catch (IOException e) {
      throw FileException.unreadable(file, e);
    }
    return this;
  }

  /** All 64 hexadecimal digits; the hash starts anew. */
  public String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The first 16 digits; the hash starts anew. */
  public String brief() {
    return hex().substring(0, BRIEF);
  }

  /** Adds the number of parts that follow as one group. */
  public Sha256 addLength(long parts) {
    length(parts);
    return this;
  }

  private void length(long bytes) {
    digest.update(ByteBuffer.allocate(8).putLong(0, bytes));
  }

  private Sha256 content(Path file) {
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    } catch (IOException e) {
      throw FileException.unreadable(file, e);
    }
    return this;
  }
}
