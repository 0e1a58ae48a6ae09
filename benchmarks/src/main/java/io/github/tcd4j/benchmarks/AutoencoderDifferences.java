package io.github.tcd4j.benchmarks;

import io.github.tcd4j.models.layers.NetworkFile;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.nio.file.Path;

/**
 * Largest differences between an autoencoder here and in diffusers, as shares of the largest value,
 * for {@code oracle/check_autoencoder.py}. Arguments: CONFIG WEIGHTS TENSORS THREADS. The last file
 * has pixels and latents, and what diffusers made of them: encoded and decoded, in float32, and the
 * same with "exact." before it, in double precision. Prints the differences of both from the exact.
 */
public final class AutoencoderDifferences {
  private AutoencoderDifferences() {}

  public static void main(String[] args) {
    Engine.threads(Integer.parseInt(args[3]));
    AutoencoderKLConfig config = AutoencoderKLConfig.read(Path.of(args[0]));
    try (Scope scope = Scope.inference();
        SafeTensors weights = SafeTensors.open(Path.of(args[1]));
        SafeTensors tensors = SafeTensors.open(Path.of(args[2]))) {
      AutoencoderKL vae =
          NetworkFile.build(
              args[1], "an autoencoder", weights, Device.CPU, w -> AutoencoderKL.of(w, config));
      print("encoded", tensors, vae.encode(tensors.get("pixels")).mean());
      print("decoded", tensors, vae.decode(tensors.get("latents")));
    }
  }

  private static void print(String name, SafeTensors tensors, Tensor ours) {
    Tensor theirs = tensors.get(name);
    Tensor exact = tensors.get("exact." + name);
    System.out.printf(
        "%s: ours to theirs %.1e, ours to exact %.1e, theirs to exact %.1e%n",
        name, difference(ours, theirs), difference(ours, exact), difference(theirs, exact));
  }

  private static double difference(Tensor a, Tensor b) {
    Tensor exact = b.to(DType.F64);
    return a.to(DType.F64).minus(exact).abs().max().item() / exact.abs().max().item();
  }
}
