package io.github.tcd4j.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;

/**
 * Processor seconds of each step of a picture, as {@code step.py} takes them beside diffusers.
 * Arguments: MODEL f32|bf16|f16 SAMPLER STEPS THREADS. Before each step it waits for a line of
 * input, and after it prints one number.
 */
public final class DenoisingStep implements Progress {
  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private long start;

  private DenoisingStep() {}

  public static void main(String[] args) {
    Engine.threads(Integer.parseInt(args[4]));
    Request request =
        Request.builder("red apple")
            .dtype(DType.valueOf(args[1].toUpperCase(Locale.ROOT)))
            .sampler(args[2])
            .steps(Integer.parseInt(args[3]))
            .guidance(1.0)
            .loras(List.of())
            .build();
    try (TextToImage model =
        TextToImage.load(ModelFolder.open("model", Path.of(args[0])), Device.CPU)) {
      model.generate(request, new DenoisingStep());
    } catch (CancellationException e) {
      // The last step and the decoding are not asked for.
    }
  }

  @Override
  public void samplingStarted() {
    await();
  }

  @Override
  public void step(int done, int steps) {
    System.out.println((system.getProcessCpuTime() - start) / 1e9);
    await();
  }

  private void await() {
    try {
      if (System.in.read() < 0) {
        throw new CancellationException();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start = system.getProcessCpuTime();
  }
}
