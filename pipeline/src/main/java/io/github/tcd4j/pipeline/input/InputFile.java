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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file that a request is given: a picture, a mask, a hint; or a folder of hints. A generated
 * picture keeps its name and hash, never where it is.
 *
 * @param file as the user wrote it; a name alone where {@code content} is given
 * @param sha256 of the content, 64 hexadecimal digits; of a folder that of its pictures' hashes
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

  /**
   * The file as it is now, or a folder with pictures.
   *
   * @throws InvalidRequestException if it does not exist, or the folder has no picture
   */
  public static InputFile ofFileOrFolder(String what, Path path) {
    return Files.isDirectory(path)
        ? new InputFile(path.toString(), hash(pictures(what, path)), null)
        : of(what, path);
  }

  /** The hash that a file or a folder of pictures has now; empty where it is neither. */
  public static String hashNow(Path path) {
    if (Files.isDirectory(path)) {
      List<Path> pictures = PictureFolder.pictures(path);
      return pictures.isEmpty() ? "" : hash(pictures);
    }
    return Files.isRegularFile(path) ? Sha256.of(path) : "";
  }

  private static String hash(List<Path> pictures) {
    List<String> hashes = new ArrayList<>();
    pictures.forEach(p -> hashes.add(Sha256.of(p)));
    return Sha256.of(String.join("\n", hashes));
  }

  private static List<Path> pictures(String what, Path folder) {
    List<Path> pictures = PictureFolder.pictures(folder);
    if (pictures.isEmpty()) {
      throw new InvalidRequestException(
          what + " folder " + folder + " has no picture: no PNG, JPEG or WebP file");
    }
    return pictures;
  }

  /** A file in memory. */
  public static InputFile of(String name, byte[] content) {
    return new InputFile(name, Sha256.of(content), content);
  }

  /** The same with the hash of today, where a picture remembers another. */
  public InputFile current(String what) {
    return content == null ? ofFileOrFolder(what, Path.of(file)) : this;
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

  /**
   * The picture in it, or the pictures of a folder in the order of their names, numbers as numbers.
   *
   * @param what it is, for the message
   * @throws InvalidRequestException if one cannot be read
   */
  public List<Image> pictures(String what) {
    if (content != null || !Files.isDirectory(Path.of(file))) {
      return List.of(decode(what));
    }
    return pictures(what, Path.of(file)).stream().map(p -> of(what, p).decode(what)).toList();
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
