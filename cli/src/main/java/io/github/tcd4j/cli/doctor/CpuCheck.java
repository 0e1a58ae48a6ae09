package io.github.tcd4j.cli.doctor;

import io.github.tcd4j.tensor.Bf16Probe;
import io.github.tcd4j.tensor.Engine;
import java.util.Locale;

/** Cores and instructions. */
record CpuCheck() implements Check {
  @Override
  public String part() {
    return "processor";
  }

  @Override
  public CheckResult run() {
    int cores = Runtime.getRuntime().availableProcessors();
    int threads = Engine.threads();
    String found =
        cores
            + " cores, "
            + threads
            + " threads, "
            + Engine.cpuCapability()
            + String.format(Locale.ROOT, ", bf16 in %.2f of the time of f32", Bf16Probe.ratio());
    return threads < cores / 2
        ? CheckResult.warning(
            part(), found, "unset OMP_NUM_THREADS and MKL_NUM_THREADS, or give --threads")
        : CheckResult.ok(part(), found);
  }
}
