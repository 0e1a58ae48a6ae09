package io.github.tcd4j.evaluation.picture;

import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.files.InvalidRequestException;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The pictures of a folder and of the folders in it: PNG, JPEG and WebP by the endings of their
 * names, in any case, sorted by name. Hidden files and folders are left out.
 *
 * @param root the folder
 * @param pictures at least one
 * @param others how many other files there were
 */
public record PictureFolder(Path root, List<PictureFile> pictures, int others) {
  private static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg", "webp");

  public PictureFolder {
    pictures = List.copyOf(pictures);
  }

  /**
   * Lists a folder.
   *
   * @param omitted a folder inside that is left out, as that of the results; may be null
   * @throws InvalidRequestException if it is no folder, or has no pictures
   */
  public static PictureFolder list(Path root, @Nullable Path omitted) {
    if (!Files.isDirectory(root)) {
      throw new InvalidRequestException("there is no folder of pictures at " + root);
    }
    Visitor visitor = new Visitor(root, omitted);
    try {
      Files.walkFileTree(
          root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, visitor);
    } catch (IOException e) {
      throw new EvaluationException("cannot list " + root + ": " + e.getMessage(), e);
    }
    if (visitor.found.isEmpty()) {
      throw new InvalidRequestException(
          "the folder "
              + root
              + " has no picture: files that end in "
              + String.join(", ", new TreeSet<>(ENDINGS))
              + " are read");
    }
    visitor.found.sort(Comparator.comparing(PictureFile::name));
    return new PictureFolder(root, visitor.found, visitor.others);
  }

  /** Collects the files. */
  private static final class Visitor extends SimpleFileVisitor<Path> {
    private final Path root;
    private final @Nullable Path omitted;
    private final List<PictureFile> found = new ArrayList<>();
    private int others;

    Visitor(Path root, @Nullable Path omitted) {
      this.root = root;
      this.omitted = omitted == null ? null : omitted.toAbsolutePath().normalize();
    }

    private boolean isHidden(Path path) {
      return !path.equals(root) && String.valueOf(path.getFileName()).startsWith(".");
    }

    @Override
    public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
      boolean skip = isHidden(dir) || dir.toAbsolutePath().normalize().equals(omitted);
      return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (!isHidden(file)) {
        String name = root.relativize(file).toString().replace('\\', '/');
        PictureFile picture = new PictureFile(file, name);
        if (ENDINGS.contains(picture.ending())) {
          found.add(picture);
        } else {
          others++;
        }
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
