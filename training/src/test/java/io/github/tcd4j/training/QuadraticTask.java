package io.github.tcd4j.training;

import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.LearningRate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One number that should come to the mean of its examples, example r being the number r: loss =
 * (number - mean of rows)^2 / 2, whose gradient is number - mean of rows. Records what the loop
 * does with it.
 */
final class QuadraticTask implements Task {
  /**
   * One call of {@link #losses}.
   *
   * @param number the parameter at that moment
   * @param draw the first number of its source of random numbers
   */
  record MicroBatch(List<Integer> rows, double draw, double number) {
    double gradient() {
      return number - mean();
    }

    double loss() {
      return gradient() * gradient() / 2;
    }

    private double mean() {
      return rows.stream().mapToInt(r -> r).average().orElseThrow();
    }
  }

  final List<MicroBatch> microBatches = new ArrayList<>();
  final List<Double> sampled = new ArrayList<>();
  final Tensor number;

  /** Runs while a sample is made. */
  Runnable whileSampling = () -> {};

  private final int size;

  QuadraticTask(double start, int size) {
    number = Tensor.full(start, DType.F32, 1).requiresGrad_(true);
    this.size = size;
  }

  double value() {
    return number.detach().item();
  }

  @Override
  public List<ParameterGroup> groups() {
    LearningRate rate = new LearningRate(0.6, 2, LearningRate.Decay.LINEAR, 0.2);
    Map<String, Tensor> parameters = Map.of("number", number);
    return List.of(new ParameterGroup(Losses.STUDENT, parameters, rate, "rate.peak"));
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Losses losses(int[] rows, RandomSource random, long step, long total) {
    List<Integer> seen = java.util.Arrays.stream(rows).boxed().toList();
    MicroBatch micro = new MicroBatch(seen, random.normal(1).item(), value());
    microBatches.add(micro);
    return Losses.student(number.minus(micro.mean()).square().sum().div(2));
  }

  @Override
  public Map<String, Double> sample(Path png) {
    sampled.add(value());
    whileSampling.run();
    return Map.of();
  }

  @Override
  public void export(Path folder) throws IOException {
    Files.writeString(folder.resolve("number"), Double.toString(value()));
  }
}
