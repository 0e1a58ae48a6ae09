package io.github.tcd4j.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.diffusion.Guidance;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.objective.DiffusionLoss;
import io.github.tcd4j.diffusion.objective.Distance;
import io.github.tcd4j.diffusion.objective.DistillationNetworks;
import io.github.tcd4j.diffusion.objective.GuidedStep;
import io.github.tcd4j.diffusion.objective.LossWeight;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.diffusion.objective.Objective;
import io.github.tcd4j.diffusion.objective.Tcd;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.lora.LoraAdapter;
import io.github.tcd4j.models.lora.LoraConfig;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.pipeline.internal.UNetDenoiser;
import io.github.tcd4j.tensor.AdamW;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Milliseconds of one training step of the embedded U-Net, float32: teacher or distillation, as
 * {@code training_step.py} takes them with PyTorch. Arguments: teacher|tcd CONFIG BATCH THREADS
 * STEPS. Prints one number a step.
 */
public final class TrainingStep {
  private TrainingStep() {}

  public static void main(String[] args) throws IOException {
    boolean distil = args[0].equals("tcd");
    int batch = Integer.parseInt(args[2]);
    Engine.threads(Integer.parseInt(args[3]));
    int steps = Integer.parseInt(args[4]);
    try (Scope scope = Scope.open();
        RandomSource random = new RandomSource(0)) {
      var json = new ObjectMapper().readTree(Path.of(args[1]).toFile());
      InitializedWeights weights = new InitializedWeights(0);
      UNet2DConditionModel unet =
          UNet2DConditionModel.of(Weights.of(weights), UNet2DConditionConfig.of(json));
      Map<String, Tensor> trained = weights.parameters();
      Adapters student = Adapters.NONE;
      if (distil) {
        weights.parameters().values().forEach(p -> p.requiresGrad_(false));
        LoraAdapter lora =
            LoraAdapter.fresh(0, LoraConfig.usual(16), LayerShape.of(weights.parameters()));
        trained = lora.parameters();
        student = lora;
      }
      Step step =
          new Step(unet, student, distil, batch, new AdamW(trained, AdamW.Settings.DEFAULT));
      for (int i = 0; i < steps; i++) {
        long start = System.nanoTime();
        step.run(random);
        System.out.printf("%.3f%n", (System.nanoTime() - start) / 1e6);
      }
    }
  }

  private record Step(
      UNet2DConditionModel unet, Adapters student, boolean distil, int batch, AdamW optimiser) {
    void run(RandomSource random) {
      NoiseSchedule schedule = VpSchedule.stableDiffusion();
      Objective objective =
          distil
              ? Tcd.tcf1(new GuidedStep(20, 1, 7, new Tcf1(), new Distance.PseudoHuber(1e-3)))
              : new DiffusionLoss(new LossWeight.MinSnr(5));
      try (Scope scope = Scope.open()) {
        long size = unet.config().sampleSize();
        Tensor x0 = random.normal(batch, 4, size, size).channelsLast();
        Conditioning text = Conditioning.text(random.normal(batch, 24, 256));
        Losses losses = objective.losses(x0, players(text), schedule, random, 0, 1);
        Autograd.backward(losses.of(Losses.STUDENT));
        optimiser.clipGradients(1);
        optimiser.step(1e-4);
        optimiser.clearGradients();
      }
    }

    private DistillationNetworks players(Conditioning text) {
      if (!distil) {
        return DistillationNetworks.alone(denoiser(text, Adapters.NONE));
      }
      Guidance teacher = new Guidance(denoiser(Conditioning.cat(text, text), Adapters.NONE));
      return DistillationNetworks.distil(denoiser(text, student), teacher);
    }

    private UNetDenoiser denoiser(Conditioning text, Adapters adapters) {
      return new UNetDenoiser(unet, text, adapters, Prediction.Kind.EPSILON);
    }
  }
}
