package io.github.tcd4j.cli.doctor;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Memory outside the Java heap, where the tensors live. */
record MemoryCheck() implements Check {
  /** What the embedded model needs, and what a Stable Diffusion 1.5 in float32 does. */
  private static final long LEAST = 1L << 30;

  private static final long LARGE = 6L << 30;

  @Override
  public String part() {
    return "memory";
  }

  @Override
  public CheckResult run() throws IOException {
    long total = 0;
    long free = 0;
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system) {
      total = system.getTotalMemorySize();
      free = available().orElse(system.getFreeMemorySize());
    }
    if (total == 0) {
      return CheckResult.warning(part(), "unknown", "watch it while generating");
    }
    String found = ByteSizes.of(free) + " available of " + ByteSizes.of(total);
    if (free < LEAST) {
      return CheckResult.warning(
          part(), found, "close other programs: the embedded model takes up to 1 GiB");
    }
    return CheckResult.ok(part(), found + (free < LARGE ? "; large models may need more" : ""));
  }

  /** Linux counts caches, which it would give up, in this figure only. */
  private static OptionalLong available() throws IOException {
    Path file = Path.of("/proc/meminfo");
    if (!Files.isReadable(file)) {
      return OptionalLong.empty();
    }
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith("MemAvailable:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst();
  }
}
