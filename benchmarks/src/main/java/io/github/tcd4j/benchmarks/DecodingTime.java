package io.github.tcd4j.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.vae.Autoencoder;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.models.vae.AutoencoderTiny;
import io.github.tcd4j.models.vae.AutoencoderTinyConfig;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.util.List;

/**
 * Processor seconds of decoding a 512x512 picture with Stable Diffusion's autoencoder and with
 * TAESD's shapes, both of random weights, in turn. Argument: THREADS. Prints the least of three
 * each.
 */
public final class DecodingTime {
  private static final int REPETITIONS = 3;

  private DecodingTime() {}

  public static void main(String[] args) {
    Engine.threads(Integer.parseInt(args[0]));
    AutoencoderKLConfig full =
        new AutoencoderKLConfig(
            3, 3, List.of(128, 256, 512, 512), 2, 4, 32, 512, 0.18215, true, true, true, true);
    List<Integer> channels = List.of(64, 64, 64, 64);
    AutoencoderTinyConfig small =
        new AutoencoderTinyConfig(
            3, 3, 4, channels, List.of(1, 3, 3, 3), channels, List.of(3, 3, 3, 1), 1);
    try (Scope scope = Scope.inference()) {
      Autoencoder kl = AutoencoderKL.of(Weights.of(new InitializedWeights(1)), full);
      Autoencoder tiny = AutoencoderTiny.of(Weights.of(new InitializedWeights(2)), small);
      Tensor latents = new RandomSource(3).normal(1, 4, 64, 64);
      double[] least = {Double.MAX_VALUE, Double.MAX_VALUE};
      for (int i = 0; i < REPETITIONS; i++) {
        least[0] = Math.min(least[0], seconds(kl, latents));
        least[1] = Math.min(least[1], seconds(tiny, latents));
      }
      System.out.printf("AutoencoderKL %.2f s, AutoencoderTiny %.2f s%n", least[0], least[1]);
    }
  }

  private static double seconds(Autoencoder autoencoder, Tensor latents) {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    try (Scope scope = Scope.inference()) {
      long start = system.getProcessCpuTime();
      autoencoder.decode(latents).sum().item();
      return (system.getProcessCpuTime() - start) / 1e9;
    }
  }
}
