package io.github.tcd4j.training;

import io.github.tcd4j.data.EpochOrder;
import io.github.tcd4j.tensor.AdamW;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.MovingAverage;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.Ema;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Trains a task as its recipe says. One step: set the rate, sum up the gradients of the
 * micro-batches, clip, step, move the average, log; every so often a checkpoint and a sample.
 */
public final class TrainingLoop {
  /** How a run ended, with the number of steps done. */
  public record Outcome(boolean finished, long stepsDone) {}

  private final Recipe recipe;
  private final Task task;
  private final RunFolder folder;
  private final Listener listener;
  private final TrainingState snapshot;
  private final List<TrainedGroup> rivals = new ArrayList<>();
  private final EpochOrder order;

  /** The optimiser's state belongs to the scope that is open here. */
  public TrainingLoop(Recipe recipe, Task task, RunFolder folder, Listener listener) {
    this.recipe = recipe;
    this.task = task;
    this.folder = folder;
    this.listener = listener;
    Map<String, Tensor> parameters = task.parameters();
    MovingAverage average = recipe.ema() == null ? null : new MovingAverage(parameters);
    AdamW.Settings adamW = recipe.optimizer().adamW();
    Map<String, Tensor> memory = new LinkedHashMap<>(task.memory());
    for (ParameterGroup opponent : task.opponents()) {
      TrainedGroup rival = TrainedGroup.of(opponent, adamW);
      rivals.add(rival);
      memory.putAll(rival.memory());
    }
    this.snapshot = new TrainingState(parameters, new AdamW(parameters, adamW), average, memory);
    this.order = task.order(recipe.seed());
  }

  /**
   * Trains from the newest checkpoint, or from the start, to the last step, or until {@code
   * interrupted} says true; then a checkpoint is written first. A sample that a kill cut off is
   * made first; one that failed is not tried again.
   */
  public Outcome run(BooleanSupplier interrupted) throws IOException {
    try (Engine.Borrowed threads = Engine.borrow(recipe.threads())) {
      return train(interrupted);
    }
  }

  private Outcome train(BooleanSupplier interrupted) throws IOException {
    TrainingState.Progress resumed = resume();
    long step = resumed.stepsDone();
    listener.started(step, recipe.steps());
    if (resumed.sampleDue() && samples(step)) {
      sample(step, true);
    }
    while (step < recipe.steps()) {
      if (interrupted.getAsBoolean()) {
        checkpoint(new TrainingState.Progress(step, false));
        return new Outcome(false, step);
      }
      Map<String, Double> figures = step(step);
      step++;
      folder.log(step, figures);
      listener.stepped(step, recipe.batch() * recipe.accumulate(), figures);
      boolean kept = step % recipe.checkpointEvery() == 0 || step == recipe.steps();
      if (kept) {
        checkpoint(new TrainingState.Progress(step, samples(step)));
      }
      // After the checkpoint: a picture that cannot be painted must not cost the steps before it.
      if (samples(step)) {
        sample(step, kept);
      }
    }
    snapshot.withAverages(() -> folder.writeFinal(task::export));
    return new Outcome(true, step);
  }

  private boolean samples(long step) {
    return recipe.sampleEvery() > 0 && step % recipe.sampleEvery() == 0;
  }

  private TrainingState.Progress resume() throws IOException {
    Optional<Path> latest = folder.latest();
    TrainingState.Progress progress =
        latest.isPresent() ? snapshot.read(latest.get()) : TrainingState.Progress.START;
    folder.truncateLog(progress.stepsDone());
    return progress;
  }

  /** Takes step {@code step}, counted from 0; returns the figures for the log. */
  private Map<String, Double> step(long step) {
    double rate = recipe.rate().at(step, recipe.steps());
    Map<String, Double> figures = new LinkedHashMap<>();
    try (Scope scope = Scope.open()) {
      for (int micro = 0; micro < recipe.accumulate(); micro++) {
        accumulate(step, micro, figures);
      }
      figures.put("gradient_norm", snapshot.optimizer().clipGradients(recipe.optimizer().clip()));
      rivals.forEach(rival -> rival.clip(figures, recipe.optimizer().clip()));
      requireFinite(figures, step);
      snapshot.optimizer().step(rate);
      snapshot.optimizer().clearGradients();
      rivals.forEach(rival -> rival.step(figures));
      task.stepped(step, recipe.steps());
      move(snapshot.average(), recipe.ema(), step);
    }
    figures.put("rate", rate);
    return figures;
  }

  private void accumulate(long step, int micro, Map<String, Double> figures) {
    try (Scope scope = Scope.open();
        RandomSource random = new RandomSource(StepSeed.of(recipe.seed(), step, micro))) {
      int[] rows = order.rows(step * recipe.accumulate() + micro, recipe.batch());
      Map<String, Tensor> losses;
      try (Precision precision = Precision.of(recipe.precision())) {
        losses = task.losses(rows, random, step, recipe.steps());
      }
      lower(Objects.requireNonNull(losses.get("loss"), "a task must return loss"));
      for (TrainedGroup rival : rivals) {
        lower(rival.loss(losses));
      }
      losses.forEach(
          (name, t) -> figures.merge(name, t.detach().item() / recipe.accumulate(), Double::sum));
    }
  }

  private void lower(@Nullable Tensor loss) {
    if (loss != null) {
      loss.div(recipe.accumulate()).backward();
    }
  }

  private static void move(@Nullable MovingAverage average, @Nullable Ema ema, long step) {
    if (average != null && ema != null) {
      average.update(ema.at(step));
    }
  }

  private static void requireFinite(Map<String, Double> figures, long step) {
    figures.forEach(
        (name, value) -> {
          if (!Double.isFinite(value)) {
            throw new TrainingException(
                name + " is " + value + " at step " + step + "; lower rate.peak or optimizer.clip");
          }
        });
  }

  private void checkpoint(TrainingState.Progress progress) throws IOException {
    folder.writeCheckpoint(
        progress.stepsDone(), recipe.keep(), path -> snapshot.write(path, progress));
  }

  /**
   * Makes the sample of a step.
   *
   * @param kept whether the newest checkpoint is of this step, and says that its sample is due
   */
  private void sample(long step, boolean kept) throws IOException {
    try {
      sample(step);
    } finally {
      if (kept) {
        new TrainingState.Progress(step, false).write(folder.latest().orElseThrow());
      }
    }
  }

  private void sample(long step) throws IOException {
    snapshot.withAverages(
        () -> {
          Map<String, Double> figures = task.sample(folder.samplePath(step));
          if (Files.exists(folder.samplePath(step))) {
            folder.showSample(step);
          }
          folder.log(step, figures);
          listener.sampled(step, figures);
        });
  }

  /** Mixed precision while a loss is computed. */
  private record Precision(Autograd.@Nullable Autocast autocast) implements AutoCloseable {
    static Precision of(Recipe.Precision precision) {
      return new Precision(precision == Recipe.Precision.BF16 ? Autograd.bf16() : null);
    }

    @Override
    public void close() {
      if (autocast != null) {
        autocast.close();
      }
    }
  }

  /** Hears how a run goes on. */
  public interface Listener {
    default void started(long step, long total) {}

    default void stepped(long step, int examples, Map<String, Double> figures) {}

    default void sampled(long step, Map<String, Double> figures) {}
  }
}
