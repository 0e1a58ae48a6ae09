package io.github.tcd4j.training.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.tensor.AdamW;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.training.Task;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.Recipes;
import io.github.tcd4j.training.task.Tasks;
import io.github.tcd4j.training.task.TwoPictures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Three steps from pixels and captions to weights, equal to the same steps written in PyTorch on
 * diffusers' networks: {@code oracle/make_training_fixtures.py}.
 */
class AdapterStepsTest {
  private static final Path PIPELINE = Path.of("../pipeline/src/test/resources");
  private static final Path OWN = Path.of("src/test/resources/adapter");
  private static final int STEPS = 3;
  private static final double RATE = 0.01;

  /** Elements of a tensor that the fixture holds at most. */
  private static final int SAMPLE = 24;

  /**
   * Share of the largest gradient below which a tensor's own is a difference of rounded numbers.
   */
  private static final double FLOOR = 0.1;

  @TempDir Path work;

  @ParameterizedTest
  @CsvSource({
    "controlnet, sd1",
    "controlnet, sdxl",
    "ip-adapter, sd1",
    "ip-adapter, sdxl",
    "tiny-autoencoder, sd1",
    "tiny-autoencoder, sdxl"
  })
  void lossesGradientsAndWeightsAreThoseOfPyTorchOnDiffusersNetworks(String task, String model)
      throws IOException {
    Engine.threads(1);
    try (Scope scope = Scope.open();
        SafeTensors golden = SafeTensors.open(OWN.resolve(task + "-" + model + ".safetensors"))) {
      Recipe recipe = recipe(task, model);
      Task trained =
          Tasks.create(recipe, new TrainingEnvironment(work, work.resolve("cache"), note -> {}));
      Map<String, Tensor> parameters = new TreeMap<>(trained.parameters());
      Map<String, Tensor> before = new LinkedHashMap<>();
      parameters.forEach((name, p) -> before.put(name, p.detach().copy()));
      AdamW adam = new AdamW(trained.parameters(), recipe.optimizer().adamW());
      double[] losses = golden.get("losses").toDoubleArray();
      for (int step = 0; step < STEPS; step++) {
        Losses all = trained.losses(new int[] {0, 1}, new RandomSource(9L + step), step, STEPS);
        Tensor loss = all.of(Losses.STUDENT);
        Autograd.backward(loss);
        assertThat(loss.detach().item()).isCloseTo(losses[step], withinPercentage(0.01));
        if (step == 0) {
          compareGradients(parameters, golden.get("gradient"));
        }
        adam.clipGradients(recipe.optimizer().clip());
        adam.step(RATE);
        adam.clearGradients();
      }
      compareWeights(parameters, before, golden.get("change"));
    }
  }

  private Recipe recipe(String task, String model) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "data=" + TwoPictures.write(work.resolve("two.tar"), 16),
                "settings.validation=" + work.resolve("two.tar"),
                "precision=f32",
                // Else every rounding error of a gradient near 0 would be a whole step.
                "optimizer.eps=1.0e-3",
                "settings.base=" + PIPELINE.resolve("fidelity").resolve(model)));
    Path adapters = PIPELINE.resolve("adapter");
    switch (task) {
      case "controlnet" ->
          all.addAll(
              List.of(
                  "settings.start=" + adapters.resolve("control-" + model),
                  "settings.hint=tile:2",
                  "settings.embedding=[4, 6]"));
      case "ip-adapter" ->
          all.addAll(
              List.of(
                  "settings.start="
                      + adapters.resolve(
                          model.equals("sd1") ? "ip-sd1-plain.bin" : "ip-sdxl-plain.safetensors"),
                  "settings.image_encoder=" + adapters.resolve("encoder")));
      default ->
          all.addAll(
              List.of(
                  "settings.start=" + OWN.resolve("tiny-vae-2"),
                  "settings.latents=1.3",
                  "settings.decoder=0.7",
                  "settings.model.encoder_block_out_channels=[6, 6]",
                  "settings.model.decoder_block_out_channels=[6, 6]",
                  "settings.model.num_encoder_blocks=[1, 1]",
                  "settings.model.num_decoder_blocks=[1, 1]"));
    }
    return Recipes.read(Path.of("src/test/resources/recipes", task + ".yaml"), all);
  }

  private static void compareGradients(Map<String, Tensor> parameters, Tensor expected) {
    double largest = expected.abs().max().item();
    compare(
        parameters,
        Autograd::gradient,
        expected,
        (own, tensor) -> Math.max(own.abs().max().item(), FLOOR * largest));
  }

  private static void compareWeights(
      Map<String, Tensor> parameters, Map<String, Tensor> before, Tensor expected) {
    Map<String, Tensor> changes = new TreeMap<>();
    parameters.forEach((name, p) -> changes.put(name, p.detach().minus(before.get(name))));
    assertThat(expected.abs().max().item()).as("the weights move").isGreaterThan(RATE);
    compare(changes, t -> t, expected, (own, tensor) -> 1);
  }

  /** What is the size of an error of 1. */
  private interface Scale {
    double of(Tensor expected, Tensor tensor);
  }

  private static void compare(
      Map<String, Tensor> tensors, Function<Tensor, Tensor> value, Tensor expected, Scale scale) {
    int at = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Tensor own = value.apply(entry.getValue()).to(DType.F32).contiguous().reshape(-1);
      long size = own.numel();
      int n = (int) Math.min(SAMPLE, size);
      long[] chosen = new long[n];
      for (int i = 0; i < n; i++) {
        chosen[i] = i * size / n;
      }
      Tensor some = own.indexSelect(0, Tensor.of(chosen, n));
      Tensor golden = expected.narrow(0, at, n);
      double unit = scale.of(golden, own);
      assertThat(some.minus(golden).abs().max().item() / unit)
          .as("error of %s", entry.getKey())
          .isLessThan(1e-4);
      double norm = expected.item(at + n);
      assertThat(Math.abs(own.square().sum().sqrt().item() - norm) / (unit * Math.sqrt(size)))
          .as("error of the norm of %s", entry.getKey())
          .isLessThan(1e-4);
      at += n + 1;
    }
    assertThat((long) at).as("tensors of the fixture").isEqualTo(expected.numel());
  }
}
