package io.github.tcd4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The images of a folder and of those in it, with their captions: a file next to each, as trainers
 * write them ({@code 0001.jpg} with {@code 0001.txt}, {@code .caption} or {@code .json}), or a row
 * of {@code metadata.jsonl} or {@code metadata.csv}, as Hugging Face's ImageFolder reads. Hidden
 * files and folders are left out.
 */
public final class ImageFolder implements SampleReader {
  /** Also of images that are not read, so that they are counted. */
  private static final Set<String> IMAGES =
      Set.of("png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff", "avif", "heic", "jxl");

  private final Path folder;
  private final Map<Path, byte[]> rows = new TreeMap<>();
  private final Map<String, List<Path>> byStem = new HashMap<>();
  private final Iterator<Path> images;
  private @Nullable Iterator<Map.Entry<Path, byte[]>> left;

  private ImageFolder(Path folder, List<Path> files) throws IOException {
    this.folder = folder;
    List<Path> found = new ArrayList<>();
    for (Path file : files) {
      String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
      if (name.equals("metadata.jsonl") || name.equals("metadata.csv")) {
        MetadataRows.read(file)
            .forEach((n, row) -> rows.put(file.resolveSibling(n).normalize(), row));
      } else if (IMAGES.contains(ending(file))) {
        found.add(file);
      } else {
        byStem.computeIfAbsent(stem(file), s -> new ArrayList<>()).add(file);
      }
    }
    images = found.iterator();
  }

  /** Opens a folder; what cannot be read of it is a {@link DataException} that names it. */
  public static ImageFolder open(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      List<Path> files =
          all.filter(Files::isRegularFile).filter(f -> !isHidden(folder, f)).sorted().toList();
      return new ImageFolder(folder, files);
    } catch (IOException | java.io.UncheckedIOException e) {
      throw new DataException("cannot read the folder " + folder + ": " + e.getMessage(), e);
    }
  }

  private static boolean isHidden(Path folder, Path file) {
    for (Path name : folder.relativize(file)) {
      if (name.toString().startsWith(".") || name.toString().equals("__MACOSX")) {
        return true;
      }
    }
    return false;
  }

  @Override
  public @Nullable SampleFiles next() {
    if (images.hasNext()) {
      return sample(images.next());
    }
    // Rows whose image is missing are samples without an image.
    if (left == null) {
      left = rows.entrySet().iterator();
    }
    if (!left.hasNext()) {
      return null;
    }
    Map.Entry<Path, byte[]> row = left.next();
    return new SampleFiles(key(row.getKey()), Map.of("json", row.getValue()));
  }

  private SampleFiles sample(Path image) {
    Map<String, byte[]> parts = new HashMap<>();
    try {
      for (Path file : byStem.getOrDefault(stem(image), List.of())) {
        if (ending(file).equals("json") || SampleDecoder.CAPTIONS.contains(ending(file))) {
          parts.put(ending(file), bytes(file));
        }
      }
      byte[] row = rows.remove(image.normalize());
      if (row != null) {
        parts.put("json", row);
      }
      parts.put(ending(image), bytes(image));
    } catch (IOException e) {
      throw new DataException("cannot read " + image + ": " + e.getMessage(), e);
    }
    return new SampleFiles(key(image), parts);
  }

  private static byte[] bytes(Path file) throws IOException {
    if (Files.size(file) > WebDataset.MAX_PART) {
      throw new IOException(
          file + " has " + Files.size(file) + " bytes but may have " + WebDataset.MAX_PART);
    }
    return Files.readAllBytes(file);
  }

  private String key(Path file) {
    return stem(folder.relativize(file)).replace('\\', '/');
  }

  /** The path without its last ending. */
  private static String stem(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return file.resolveSibling(dot > 0 ? name.substring(0, dot) : name).toString();
  }

  private static String ending(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  @Override
  public void close() {}
}
