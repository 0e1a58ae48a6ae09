package io.github.tcd4j.server.http;

import io.github.tcd4j.files.FileException;
import io.github.tcd4j.files.InvalidRequestException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The secret that callers must know: as {@code Authorization: Bearer TOKEN}, or as the password of
 * basic authentication, whatever the user's name. Only its hash is kept, and compared in a time
 * that does not depend on where two differ.
 */
public final class AccessToken {
  /** A token that can be guessed is none. */
  private static final int SHORTEST = 16;

  private final byte[] hash;

  private AccessToken(String token) {
    hash = sha256(token);
  }

  /**
   * The first line of a file.
   *
   * @throws InvalidRequestException if it has fewer than 16 characters
   */
  public static AccessToken read(Path file) {
    try {
      return of(Files.readString(file).lines().findFirst().orElse("").strip());
    } catch (IOException e) {
      throw FileException.unreadable(file, e);
    }
  }

  /** A token that is known already. */
  public static AccessToken of(String token) {
    if (token.length() < SHORTEST) {
      throw new InvalidRequestException(
          "the token must have at least " + SHORTEST + " characters but has " + token.length());
    }
    return new AccessToken(token);
  }

  /** Whether the header of a request carries it. */
  public boolean isIn(@Nullable String authorization) {
    if (authorization == null) {
      return false;
    }
    if (authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
      return matches(authorization.substring(7).strip());
    }
    if (authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
      try {
        byte[] decoded = Base64.getDecoder().decode(authorization.substring(6).strip());
        String pair = new String(decoded, StandardCharsets.UTF_8);
        return matches(pair.substring(pair.indexOf(':') + 1));
      } catch (IllegalArgumentException e) {
        return false;
      }
    }
    return false;
  }

  private boolean matches(String candidate) {
    return MessageDigest.isEqual(hash, sha256(candidate));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
