package io.github.tcd4j.cli.doctor;

import io.github.tcd4j.tensor.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Cores and instructions. */
record CpuCheck() implements Check {
  @Override
  public String part() {
    return "processor";
  }

  @Override
  public Finding look() throws IOException {
    int cores = Runtime.getRuntime().availableProcessors();
    int threads = Engine.threads();
    List<String> bf16 = flags().stream().filter(f -> f.endsWith("_bf16")).toList();
    String found =
        cores
            + " cores, "
            + threads
            + " threads, "
            + Engine.cpuCapability()
            + (bf16.isEmpty() ? ", bf16 emulated (f32 is faster)" : ", bf16 by " + bf16);
    return threads < cores / 2
        ? Finding.warning(
            part(), found, "unset OMP_NUM_THREADS and MKL_NUM_THREADS, or give --threads")
        : Finding.ok(part(), found);
  }

  /** What the processor knows, as far as the system tells. */
  private static List<String> flags() throws IOException {
    Path file = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(file)) {
      return List.of();
    }
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith("flags"))
        .findFirst()
        .map(line -> Arrays.asList(line.split("\\s+", -1)))
        .orElse(List.of());
  }
}
