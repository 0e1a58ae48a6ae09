package io.github.tcd4j.cli.generate;

import io.github.tcd4j.files.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where pictures go. A file that is there is never replaced: the new one gets a number.
 *
 * @param folder of the pictures
 * @param stem name without number and ending; null to name them from what they show
 */
record PictureFiles(Path folder, @Nullable String stem) {
  private static final String ENDING = ".png";

  /** Longest part of a prompt that becomes a name; three bytes a character still fit. */
  private static final int LONGEST = 60;

  /** A file if the name ends in .png, else a folder; the working folder if null. */
  static PictureFiles of(@Nullable Path output) {
    if (output == null) {
      return new PictureFiles(Path.of(""), null);
    }
    String name = String.valueOf(output.getFileName());
    if (name.matches("(?i).*\\.(jpe?g|webp|gif|bmp|tiff?)")) {
      throw new InvalidRequestException(
          "--output must end in .png, or be a folder, but was " + output);
    }
    boolean file = name.toLowerCase(Locale.ROOT).endsWith(ENDING) && !Files.isDirectory(output);
    if (!file) {
      return new PictureFiles(output, null);
    }
    Path parent = output.getParent();
    String stem = name.substring(0, name.length() - ENDING.length());
    return new PictureFiles(parent == null ? Path.of("") : parent, stem);
  }

  /** Makes the folder, and fails early where nothing can be written. */
  PictureFiles prepare() throws IOException {
    Path there = folder.toAbsolutePath();
    if (Files.exists(there) && !Files.isDirectory(there)) {
      throw new InvalidRequestException(
          "--output " + folder + " is a file; give a folder, or a name that ends in .png");
    }
    Files.createDirectories(there);
    if (!Files.isWritable(there)) {
      throw new InvalidRequestException(
          "folder " + there + " cannot be written to; choose another with --output");
    }
    return this;
  }

  /**
   * Writes a picture of {@code subject} under the first free name: apple.png, else apple-2.png, ...
   *
   * @param writeNew writes a file unless the name is taken, and returns whether it did; so another
   *     process that takes the name at the same moment loses nothing
   */
  Path write(String subject, Predicate<Path> writeNew) {
    String name = stem == null ? slug(subject) : stem;
    Path file = folder.resolve(name + ENDING);
    for (int i = 2; Files.exists(file) || !writeNew.test(file); i++) {
      file = folder.resolve(name + "-" + i + ENDING);
    }
    return file;
  }

  /** Letters and digits of any script, joined by hyphens. */
  static String slug(String text) {
    String slug =
        text.toLowerCase(Locale.ROOT)
            .replaceAll("[^\\p{L}\\p{M}\\p{N}]+", "-")
            .replaceAll("^-|-$", "");
    if (slug.isEmpty()) {
      return "picture";
    }
    if (slug.length() <= LONGEST) {
      return slug;
    }
    int hyphen = slug.lastIndexOf('-', LONGEST);
    int end = hyphen > LONGEST / 2 ? hyphen : LONGEST;
    return slug.substring(0, Character.isHighSurrogate(slug.charAt(end - 1)) ? end - 1 : end);
  }
}
