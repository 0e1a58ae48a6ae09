package io.github.tcd4j.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.github.tcd4j.models.clip.ClipModel;
import io.github.tcd4j.models.files.ClipFile;
import io.github.tcd4j.models.inception.InceptionV3;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * Processor seconds of a batch of pictures through a network of the measures, as {@code
 * networks.py} takes them beside Python. Arguments: inception|clip FILE BATCH THREADS. Before each
 * batch it waits for a line of input, and after it prints one number.
 */
public final class ScoringNetwork {
  private ScoringNetwork() {}

  public static void main(String[] args) throws IOException {
    Engine.threads(Integer.parseInt(args[3]));
    Path weights = Path.of(args[1]);
    int batch = Integer.parseInt(args[2]);
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(1)) {
      UnaryOperator<Tensor> network;
      long side = InceptionV3.SIDE;
      if (args[0].equals("inception")) {
        network = InceptionV3.open(weights, Device.CPU)::features;
      } else {
        ClipModel clip = ClipFile.open(weights, Device.CPU);
        side = clip.config().vision().imageSize();
        network = clip::imageFeatures;
      }
      Tensor pictures = random.normal(batch, 3, side, side).clamp(-1, 1);
      while (System.in.read() >= 0) {
        long start = system.getProcessCpuTime();
        try (Scope step = Scope.inference()) {
          var unused = network.apply(pictures).toFloatArray();
        }
        System.out.println((system.getProcessCpuTime() - start) / 1e9);
      }
    }
  }
}
