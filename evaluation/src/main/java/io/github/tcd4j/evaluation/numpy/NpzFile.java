package io.github.tcd4j.evaluation.numpy;

import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.files.AtomicFile;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Arrays by name in a {@code .npz} file, which is a ZIP of {@code .npy} files, stored or deflated:
 * what {@code numpy.savez} and {@code numpy.savez_compressed} write.
 */
public final class NpzFile {
  private static final String SUFFIX = ".npy";

  /** The text that our own files have beside their arrays; NumPy does not look at it. */
  private static final String NOTE = "protocol.txt";

  private static final int MAX_NOTE = 1 << 16;

  private NpzFile() {}

  /**
   * The arrays of that name that the file has; other entries are not looked at.
   *
   * @throws EvaluationException if it is no such file, or one of the arrays cannot be read
   */
  public static Map<String, NpyArray> read(Path file, Set<String> names) {
    Map<String, NpyArray> arrays = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (String name : names) {
        ZipEntry entry = zip.getEntry(name + SUFFIX);
        if (entry != null) {
          arrays.put(name, read(zip, entry));
        }
      }
    } catch (IOException e) {
      throw new EvaluationException("cannot read " + file + ": " + e.getMessage(), e);
    }
    return arrays;
  }

  private static NpyArray read(ZipFile zip, ZipEntry entry) throws IOException {
    try (InputStream in = new BufferedInputStream(zip.getInputStream(entry), 1 << 16)) {
      return NpyArray.read(in);
    } catch (IOException e) {
      throw new IOException("its array " + entry.getName() + " is damaged: " + e.getMessage(), e);
    }
  }

  /** The names of all its arrays, sorted. */
  public static Set<String> names(Path file) {
    Set<String> names = new TreeSet<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      zip.stream()
          .map(ZipEntry::getName)
          .filter(name -> name.endsWith(SUFFIX))
          .forEach(name -> names.add(name.substring(0, name.length() - SUFFIX.length())));
    } catch (IOException e) {
      throw new EvaluationException("cannot read " + file + ": " + e.getMessage(), e);
    }
    return names;
  }

  /** The note that {@link #write} put into the file; null where there is none. */
  public static @Nullable String note(Path file) {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry entry = zip.getEntry(NOTE);
      if (entry == null) {
        return null;
      }
      try (InputStream in = zip.getInputStream(entry)) {
        return new String(in.readNBytes(MAX_NOTE), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      throw new EvaluationException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Writes arrays in double precision, deflated; {@code numpy.load} reads them.
   *
   * @param note a text that goes with them
   */
  public static void write(Path file, Map<String, NpyArray> arrays, String note) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, NpyArray> array : arrays.entrySet()) {
        zip.putNextEntry(entry(array.getKey() + SUFFIX));
        array.getValue().write(zip);
        zip.closeEntry();
      }
      zip.putNextEntry(entry(NOTE));
      zip.write(note.getBytes(StandardCharsets.UTF_8));
      zip.closeEntry();
    } catch (IOException e) {
      throw new IllegalStateException("nothing can fail in memory", e);
    }
    AtomicFile.write(file, bytes.toByteArray());
  }

  /** With a fixed time, so that equal arrays give equal files. */
  private static ZipEntry entry(String name) {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
    return entry;
  }
}
