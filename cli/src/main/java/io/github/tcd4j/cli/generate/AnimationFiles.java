package io.github.tcd4j.cli.generate;

import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.files.AtomicFolder;
import io.github.tcd4j.files.FileException;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.clip.Clip;
import io.github.tcd4j.pipeline.Animation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where animations go: a GIF, an animated PNG or WebP, or a folder of frames. What is there is
 * never replaced: the new one gets a number.
 *
 * @param folder of the files, or of the folders of frames
 * @param stem name without number and ending; null to name them from what they show
 * @param ending with its dot; empty for folders of frames
 */
record AnimationFiles(Path folder, @Nullable String stem, String ending) {
  private static final String USUAL = ".gif";

  /**
   * A file if the name ends in .gif, .png, .apng or .webp, a folder of frames if it has another
   * name; a GIF in the working folder if null.
   */
  static AnimationFiles of(@Nullable Path output) {
    if (output == null) {
      return new AnimationFiles(Path.of(""), null, USUAL);
    }
    String name = String.valueOf(output.getFileName());
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.matches(".*\\.(jpe?g|bmp|tiff?|mp4|webm|mov|avi|mkv|avif)")) {
      throw new InvalidRequestException(
          "--output of an animation must end in .gif, .png or .webp, or be a folder for its frames, but"
              + " was "
              + output);
    }
    Path parent = output.toAbsolutePath().getParent();
    Path there = output.getParent() == null || parent == null ? Path.of("") : output.getParent();
    for (String ending : new String[] {".gif", ".png", ".apng", ".webp"}) {
      if (lower.endsWith(ending) && !Files.isDirectory(output)) {
        int end = name.length() - ending.length();
        return new AnimationFiles(there, name.substring(0, end), name.substring(end));
      }
    }
    return new AnimationFiles(there, name, "");
  }

  /** Makes the folder, and fails early where nothing can be written. */
  AnimationFiles prepare() throws IOException {
    Path there = folder.toAbsolutePath();
    if (Files.exists(there) && !Files.isDirectory(there)) {
      throw new InvalidRequestException(
          "--output is to be in " + folder + ", which is a file and not a folder");
    }
    Files.createDirectories(there);
    if (!Files.isWritable(there)) {
      throw new InvalidRequestException(
          "folder " + there + " cannot be written to; choose another with --output");
    }
    return this;
  }

  /** Writes an animation, named after its prompt unless it is named. */
  Path write(Animation animation) {
    return write(animation.settings().prompt().text(), animation.clip());
  }

  /** Writes a clip of {@code subject} under the first free name: cat.gif, else cat-2.gif, ... */
  Path write(String subject, Clip clip) {
    String name = stem == null ? PictureFiles.slug(subject) : stem;
    if (ending.isEmpty()) {
      return writeFrames(clip, name);
    }
    byte[] bytes = clip.encode(folder.resolve(name + ending));
    Path file = folder.resolve(name + ending);
    for (int i = 2; Files.exists(file) || !AtomicFile.writeNew(file, bytes); i++) {
      file = folder.resolve(name + "-" + i + ending);
    }
    return file;
  }

  private Path writeFrames(Clip clip, String name) {
    Path frames = folder.resolve(name);
    for (int i = 2; taken(frames); i++) {
      frames = folder.resolve(name + "-" + i);
    }
    try {
      clip.writeFrames(frames);
    } catch (IOException e) {
      throw FileException.unwritable(frames, e);
    }
    return frames;
  }

  /** Whether something is there but an empty folder. */
  private static boolean taken(Path path) {
    try {
      return Files.exists(path)
          && (!Files.isDirectory(path) || !AtomicFolder.children(path).isEmpty());
    } catch (IOException e) {
      throw FileException.unreadable(path, e);
    }
  }
}
