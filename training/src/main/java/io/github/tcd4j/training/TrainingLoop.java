package io.github.tcd4j.training;

import io.github.tcd4j.data.EpochOrder;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.MovingAverage;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.Ema;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Trains a task as its recipe says. One step: set the rate, sum up the gradients of the
 * micro-batches, clip, step, move the average, log; every so often a probe, a checkpoint and a
 * sample.
 */
public final class TrainingLoop {
  private final Recipe recipe;
  private final Task task;
  private final RunFolder folder;
  private final TrainingListener listener;
  private final TrainingState state;
  private final List<TrainedGroup> groups;
  private final EpochOrder order;
  private final Probe probe;
  private Probe.@Nullable Measurement first;

  /** The optimiser's state belongs to the scope that is open here. */
  public TrainingLoop(Recipe recipe, Task task, RunFolder folder, TrainingListener listener) {
    this.recipe = recipe;
    this.task = task;
    this.folder = folder;
    this.listener = listener;
    this.groups = task.groups().stream().map(g -> new TrainedGroup(g, recipe.optimizer())).toList();
    Map<String, Tensor> parameters = task.parameters();
    MovingAverage average = recipe.ema() == null ? null : new MovingAverage(parameters);
    Map<String, Tensor> memory = new LinkedHashMap<>(task.memory());
    groups.stream().skip(1).forEach(group -> memory.putAll(group.state()));
    this.state = new TrainingState(parameters, main().optimizer(), average, memory);
    this.order = task.order(recipe.seed());
    this.probe = new Probe(recipe, task, order);
  }

  /**
   * Trains from the newest checkpoint, or from the start, to the last step, or until the listener
   * cancels it; then a checkpoint is written first. A sample that a kill cut off is made first; one
   * that failed is not tried again.
   */
  public Outcome run() throws IOException {
    try (Engine.Borrowed threads = Engine.borrow(recipe.threads());
        MicroBatches microBatches = new MicroBatches(recipe, task, groups, order)) {
      return train(microBatches);
    }
  }

  private Outcome train(MicroBatches microBatches) throws IOException {
    TrainingState.Progress resumed = resume();
    long step = resumed.stepsDone();
    listener.started(step, recipe.steps());
    first = resumed.firstProbe();
    if (first == null && recipe.probeRhythm() > 0) {
      measure(step);
    }
    if (resumed.sampleDue() && samples(step)) {
      sample(step, true);
    }
    while (step < recipe.steps()) {
      if (listener.cancelled()) {
        checkpoint(new TrainingState.Progress(step, false, first));
        return new Outcome(false, step, folder.path());
      }
      Map<String, Double> figures = step(microBatches, step);
      step++;
      folder.log(step, figures);
      listener.stepped(
          step,
          recipe.batch() * recipe.accumulate(),
          Objects.requireNonNull(figures.get(MicroBatches.LOSS)),
          figures);
      if (probe.due(step)) {
        measure(step);
      }
      boolean kept = step % recipe.checkpointEvery() == 0 || step == recipe.steps();
      if (kept) {
        checkpoint(new TrainingState.Progress(step, samples(step), first));
      }
      // After the checkpoint: a picture that cannot be made must not cost the steps before it.
      if (samples(step)) {
        sample(step, kept);
      }
    }
    state.withAverages(() -> folder.writeFinal(task::export));
    return new Outcome(true, step, folder.path());
  }

  /** Measures the averages after {@code step} steps; at the end, reports it if they got worse. */
  private void measure(long step) throws IOException {
    state.withAverages(
        () -> {
          Probe.Measurement measured = probe.measure(step);
          folder.log(step, measured.named());
          Probe.Measurement before = first == null ? measured : first;
          first = before;
          listener.probed(step, measured.figures(), before.figures());
          if (step == recipe.steps()) {
            measured.worseThan(before).ifPresent(listener::note);
          }
        });
  }

  private boolean samples(long step) {
    return recipe.sampleEvery() > 0 && step % recipe.sampleEvery() == 0;
  }

  private TrainingState.Progress resume() throws IOException {
    Optional<Path> latest = folder.latest();
    TrainingState.Progress progress =
        latest.isPresent() ? state.read(latest.get()) : TrainingState.Progress.START;
    // Nothing is left of a run without a checkpoint, not even the measurement at step 0.
    folder.truncateLog(latest.isPresent() ? progress.stepsDone() : -1);
    return progress;
  }

  /** Takes step {@code step}, counted from 0; returns the figures for the log. */
  private Map<String, Double> step(MicroBatches microBatches, long step) {
    Map<String, Double> figures;
    try (Scope scope = Scope.open()) {
      figures = microBatches.accumulate(step);
      for (TrainedGroup group : groups) {
        if (group.moved()) {
          figures.put(prefix(group) + "gradient_norm", group.clip(step));
        }
      }
      // Only now: a gradient that is not finite stops all groups before it reaches any weight.
      groups.forEach(group -> group.step(step, recipe.steps()));
      task.stepped(step, recipe.steps());
      move(state.average(), recipe.ema(), step);
    }
    figures.put("rate", main().rate(step, recipe.steps()));
    return figures;
  }

  private TrainedGroup main() {
    return groups.get(0);
  }

  private String prefix(TrainedGroup group) {
    return group == main() ? "" : group.name() + "_";
  }

  private static void move(@Nullable MovingAverage average, @Nullable Ema ema, long step) {
    if (average != null && ema != null) {
      average.update(ema.at(step));
    }
  }

  private void checkpoint(TrainingState.Progress progress) throws IOException {
    folder.writeCheckpoint(
        progress.stepsDone(), recipe.keep(), path -> state.write(path, progress));
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
        new TrainingState.Progress(step, false, first).write(folder.latest().orElseThrow());
      }
    }
  }

  private void sample(long step) throws IOException {
    state.withAverages(
        () -> {
          Map<String, Double> figures = task.sample(folder.samplePath(step));
          if (Files.exists(folder.samplePath(step))) {
            folder.showSample(step);
          }
          folder.log(step, figures);
          listener.sampled(step, figures);
        });
  }
}
