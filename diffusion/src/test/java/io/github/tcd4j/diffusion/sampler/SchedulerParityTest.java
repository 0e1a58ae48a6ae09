package io.github.tcd4j.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.diffusion.sampler.solver.EulerSampler;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Walks over random network outputs, compared step by step with diffusers 0.42.1: what the network
 * is shown, when, and what comes out. The fixture is made by oracle/make_scheduler_fixtures.py. The
 * largest differences go to target/scheduler-parity.tsv, of which oracle/scheduler_table.py makes
 * docs/parity.md.
 */
class SchedulerParityTest {
  private static final Path FIXTURE = Path.of("src/test/resources/schedulers.safetensors");
  private static final Path SOLVERS = Path.of("src/test/resources/solvers.safetensors");
  private static final Path DPM = Path.of("src/test/resources/dpm.safetensors");
  private static final Path DIFFERENCES = Path.of("target/scheduler-parity.tsv");
  private static final double TOLERANCE = 1e-4;

  /** Largest difference of each case that was run, by its settings. */
  private static final Map<String, Double> SEEN = new TreeMap<>();

  @AfterAll
  static void writeDifferences() throws IOException {
    Files.write(
        DIFFERENCES, SEEN.entrySet().stream().map(e -> e.getKey() + "\t" + e.getValue()).toList());
  }

  @TestFactory
  Stream<DynamicTest> everyStepEqualsThatOfDiffusers() {
    return cases(FIXTURE, 120);
  }

  @TestFactory
  Stream<DynamicTest> everyStepOfTheOtherSolversEqualsThatOfDiffusers() {
    return cases(SOLVERS, 90);
  }

  @TestFactory
  Stream<DynamicTest> everyStepOfSolversOfNoiseAndOfOrderOneEqualsThatOfDiffusers() {
    return cases(DPM, 50);
  }

  private static Stream<DynamicTest> cases(Path fixture, int least) {
    Map<String, String> cases;
    try (SafeTensors file = SafeTensors.open(fixture)) {
      cases = new TreeMap<>(file.metadata());
    }
    assertThat(cases).hasSizeGreaterThan(least);
    return cases.entrySet().stream()
        .map(
            e ->
                DynamicTest.dynamicTest(
                    e.getValue(), () -> compare(fixture, e.getKey(), e.getValue())));
  }

  @Test
  void seedsGiveTheSameNoiseAsPyTorch() {
    try (Scope scope = Scope.inference();
        SafeTensors file = SafeTensors.open(FIXTURE)) {
      Tensor unit = NoiseSource.seeded(7, 2).draw(2, 2, 3, 3);
      assertThat(unit.sameAs(file.get("unit"))).isTrue();
    }
  }

  private static void compare(Path fixture, String name, String settings) {
    Map<String, String> entries = new LinkedHashMap<>();
    for (String entry : settings.split(";")) {
      entries.put(entry.split("=")[0], entry.split("=")[1]);
    }
    Map<String, Object> config = new LinkedHashMap<>();
    entries.forEach(
        (key, value) -> {
          if (key.startsWith("config.")) {
            config.put(key.substring("config.".length()), typed(value));
          }
        });
    SchedulerConfig scheduler = SchedulerConfig.of(config);
    SamplerDescriptor sampler = Samplers.named(entries.get("sampler"));
    SamplingPlan plan = sampler.plan(scheduler, chosen(entries));
    try (Scope scope = Scope.inference();
        SafeTensors file = SafeTensors.open(fixture)) {
      Tensor outputs = file.get("outputs");
      Tensor inputs = file.get(name + "/inputs");
      Tensor times = file.get(name + "/times");
      int[] step = {0};
      Denoiser random =
          (x, t, s) -> {
            assertThat(t.item(0)).isEqualTo(times.item(step[0]), within(1e-3));
            assertThat(seen(settings, x, inputs.select(0, step[0]))).isLessThan(TOLERANCE);
            return new Prediction(scheduler.prediction(), outputs.select(0, step[0]++));
          };
      NoiseSource noise = NoiseSource.seeded(7, 2);
      Tensor last = plan.sample(random, noise.draw(2, 2, 3, 3), noise, StepHook.NONE);
      assertThat(step[0]).isEqualTo((int) times.numel());
      Tensor expected = file.get(name + "/final");
      // Euler ends in coordinates of tau; where some noise is left, ours are smaller by alpha.
      double alpha = plan.sampler() instanceof EulerSampler ? plan.grid().terminal().alpha() : 1;
      assertThat(seen(settings, last, expected.times(alpha))).isLessThan(TOLERANCE);
    }
  }

  private static double seen(String settings, Tensor a, Tensor b) {
    double difference = difference(a, b);
    SEEN.merge(settings, difference, Math::max);
    return difference;
  }

  /** Greatest difference, as a share of the scale where that is above 1. */
  private static double difference(Tensor a, Tensor b) {
    assertThat(a.shape()).isEqualTo(b.shape());
    return a.minus(b).abs().max().item() / Math.max(1, b.abs().max().item());
  }

  private static SamplerSettings chosen(Map<String, String> entries) {
    String times = entries.get("timesteps");
    SamplerSettings settings =
        times == null
            ? SamplerSettings.ofSteps(Integer.parseInt(entries.get("steps")))
            : SamplerSettings.ofTimesteps(list(times));
    String gamma = entries.get("gamma");
    settings = gamma == null ? settings : settings.withGamma(Double.parseDouble(gamma));
    String eta = entries.get("eta");
    return eta == null ? settings : settings.withEta(Double.parseDouble(eta));
  }

  private static List<Double> list(String bracketed) {
    return Arrays.stream(bracketed.replaceAll("[\\[\\] ]", "").split(","))
        .map(Double::valueOf)
        .toList();
  }

  private static Object typed(String value) {
    if (value.equals("true") || value.equals("false")) {
      return Boolean.valueOf(value);
    }
    try {
      return Double.valueOf(value);
    } catch (NumberFormatException e) {
      return value;
    }
  }
}
