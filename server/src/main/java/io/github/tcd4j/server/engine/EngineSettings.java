package io.github.tcd4j.server.engine;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.metadata.ComputeSettings;
import io.github.tcd4j.server.sharing.Batching;
import io.github.tcd4j.tensor.Device;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the engine works.
 *
 * @param device to compute on
 * @param compute precision and threads of all requests
 * @param queue most jobs that wait
 * @param limits of one request
 * @param modelBytes for the networks of all models in memory and of their adapters
 * @param resultBytes for the pictures of ended jobs
 * @param resultAge after which an ended job is forgotten
 * @param output folder for all pictures; null to write none
 * @param batching whether jobs that run at the same time share the steps of a network
 */
public record EngineSettings(
    Device device,
    ComputeSettings compute,
    int queue,
    RequestLimits limits,
    long modelBytes,
    long resultBytes,
    Duration resultAge,
    @Nullable Path output,
    Batching batching) {
  private static final long QUARTER_OF_HEAP = Runtime.getRuntime().maxMemory() / 4;

  /**
   * On the processor, one job after the other: 32 wait, models fill two thirds of the memory,
   * nothing is written.
   */
  public static final EngineSettings USUAL =
      new EngineSettings(
          Device.CPU,
          ComputeSettings.USUAL,
          32,
          RequestLimits.USUAL,
          physicalMemory() / 3 * 2,
          QUARTER_OF_HEAP,
          Duration.ofHours(1),
          null,
          Batching.OFF);

  public EngineSettings {
    if (queue < 1) {
      throw new InvalidRequestException("the queue must have at least 1 place but had " + queue);
    }
  }

  public EngineSettings withDevice(Device other) {
    return new EngineSettings(
        other, compute, queue, limits, modelBytes, resultBytes, resultAge, output, batching);
  }

  public EngineSettings withCompute(ComputeSettings other) {
    return new EngineSettings(
        device, other, queue, limits, modelBytes, resultBytes, resultAge, output, batching);
  }

  public EngineSettings withQueue(int places) {
    return new EngineSettings(
        device, compute, places, limits, modelBytes, resultBytes, resultAge, output, batching);
  }

  public EngineSettings withLimits(RequestLimits other) {
    return new EngineSettings(
        device, compute, queue, other, modelBytes, resultBytes, resultAge, output, batching);
  }

  public EngineSettings withModelBytes(long bytes) {
    return new EngineSettings(
        device, compute, queue, limits, bytes, resultBytes, resultAge, output, batching);
  }

  public EngineSettings withResults(long bytes, Duration age) {
    return new EngineSettings(
        device, compute, queue, limits, modelBytes, bytes, age, output, batching);
  }

  public EngineSettings withOutput(@Nullable Path folder) {
    return new EngineSettings(
        device, compute, queue, limits, modelBytes, resultBytes, resultAge, folder, batching);
  }

  public EngineSettings withBatching(Batching mode) {
    return new EngineSettings(
        device, compute, queue, limits, modelBytes, resultBytes, resultAge, output, mode);
  }

  private static long physicalMemory() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Long.MAX_VALUE;
  }
}
