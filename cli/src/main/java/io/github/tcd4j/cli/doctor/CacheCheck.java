package io.github.tcd4j.cli.doctor;

import io.github.tcd4j.tensor.NativeCache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The folder into which the native libraries are unpacked at the first start. */
record CacheCheck() implements Check {
  /** Bytes of the unpacked libraries of one version. */
  private static final long NEEDED = 900L << 20;

  private static final String ELSEWHERE =
      "set TCD4J_JAVA_OPTS=-Dorg.bytedeco.javacpp.cachedir=FOLDER to one with 1 GiB free that you"
          + " can write to";

  @Override
  public String part() {
    return "library cache";
  }

  @Override
  public CheckResult run() {
    Path folder;
    try {
      folder = NativeCache.folder();
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, "doctor", ".tmp"));
    } catch (IOException e) {
      return CheckResult.failure(part(), "cannot be written to: " + e.getMessage(), ELSEWHERE);
    }
    try {
      long used = size(folder);
      long free = Files.getFileStore(folder).getUsableSpace();
      String found =
          folder + " holds " + ByteSizes.of(used) + ", " + ByteSizes.of(free) + " of disk free";
      return used + free < NEEDED
          ? CheckResult.failure(part(), found, ELSEWHERE)
          : CheckResult.ok(part(), found);
    } catch (IOException | UncheckedIOException e) {
      return CheckResult.warning(
          part(), folder + ", of unknown size: " + e.getMessage(), ELSEWHERE);
    }
  }

  private static long size(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
    }
  }
}
