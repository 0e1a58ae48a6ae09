package io.github.tcd4j.pipeline.input;

import io.github.tcd4j.files.FileException;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.decode.ImageFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file that a request is given: a picture, a mask, a hint. A generated picture keeps its name and
 * hash, never its folder.
 *
 * @param file as the user wrote it; a name alone where {@code content} is given
 * @param sha256 of the content, 64 hexadecimal digits
 * @param content the file itself where it is not on a disk, such as an upload; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; the hash stands for it.
public record InputFile(String file, String sha256, byte @Nullable [] content) {
  /**
   * The file as it is now.
   *
   * @param what it is, for the message, such as {@code picture} or {@code mask}
   * @throws InvalidRequestException if it does not exist
   */
  public static InputFile of(String what, Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InvalidRequestException(
          what + " " + file + (Files.exists(file) ? " is not a file" : " does not exist"));
    }
    return new InputFile(file.toString(), Sha256.ofUnchanged(file), null);
  }

  /** A file in memory. */
  public static InputFile of(String name, byte[] content) {
    return new InputFile(name, Sha256.of(content), content);
  }

  /** The same with the hash of today, where a picture remembers another. */
  public InputFile current(String what) {
    return content == null ? of(what, Path.of(file)) : this;
  }

  /** The same file at another place. */
  public InputFile at(Path place) {
    return new InputFile(place.toString(), sha256, null);
  }

  /**
   * The picture in it, upright and composed on white.
   *
   * @param what it is, for the message
   * @throws InvalidRequestException if it is none that can be read
   */
  public Image decode(String what) {
    try {
      return ImageDecoder.decode(content == null ? Files.readAllBytes(Path.of(file)) : content);
    } catch (ImageFormatException e) {
      throw new InvalidRequestException(
          what + " " + file + " cannot be used: " + e.getMessage(), e);
    } catch (IOException e) {
      throw FileException.unreadable(Path.of(file), e);
    }
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof InputFile other && file.equals(other.file) && sha256.equals(other.sha256);
  }

  @Override
  public int hashCode() {
    return Objects.hash(file, sha256);
  }
}
