package io.github.tcd4j.training;

import io.github.tcd4j.data.EpochOrder;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.Recipe;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The micro-batches of a step, one after the other or several at once, each of these on a thread of
 * its own with its share of the library's threads. Gradients and figures are added in the order of
 * the micro-batches, so that how many run at once changes no bit.
 */
final class MicroBatches implements AutoCloseable {
  /** The log's name of the main group's loss. */
  static final String LOSS = "loss";

  private final Recipe recipe;
  private final Task task;
  private final List<TrainedGroup> groups;
  private final EpochOrder order;
  private final @Nullable ExecutorService threads;

  MicroBatches(Recipe recipe, Task task, List<TrainedGroup> groups, EpochOrder order) {
    this.recipe = recipe;
    this.task = task;
    this.groups = groups;
    this.order = order;
    int atOnce = recipe.atOnce();
    threads = atOnce == 1 ? null : Executors.newFixedThreadPool(atOnce, sharing(atOnce));
  }

  private ThreadFactory sharing(int atOnce) {
    int share = recipe.threads() / atOnce;
    return work -> {
      Runnable bounded =
          () -> {
            try (Engine.Borrowed own = Engine.borrow(share)) {
              work.run();
            }
          };
      Thread thread = new Thread(bounded, "micro-batch");
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Adds up the gradients of step {@code step}; returns the means of its figures. */
  Map<String, Double> accumulate(long step) {
    Map<String, Double> means = new LinkedHashMap<>();
    if (threads == null) {
      for (int micro = 0; micro < recipe.accumulate(); micro++) {
        add(losses(step, micro, TrainedGroup::backward), means);
      }
    } else {
      together(step, threads, means);
    }
    return means;
  }

  private void together(long step, ExecutorService on, Map<String, Double> means) {
    List<CompletableFuture<Part>> parts = new ArrayList<>();
    for (int i = 0; i < recipe.accumulate(); i++) {
      int micro = i;
      parts.add(CompletableFuture.supplyAsync(() -> part(step, micro), on));
    }
    Throwable failure = null;
    // All are waited for: what fails must not leave others at work on weights that end with it.
    for (CompletableFuture<Part> waited : parts) {
      try (Part part = waited.join()) {
        if (failure == null) {
          part.gradients.forEach(TrainedGroup::add);
          add(part.figures, means);
        }
      } catch (CompletionException e) {
        failure = failure == null ? e.getCause() : failure;
      }
    }
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
  }

  /** One micro-batch by itself; its gradients belong to nobody's scope. */
  private record Part(Map<String, Double> figures, Map<TrainedGroup, List<Tensor>> gradients)
      implements AutoCloseable {
    @Override
    public void close() {
      gradients.values().forEach(list -> list.forEach(Tensor::close));
    }
  }

  private Part part(long step, int micro) {
    Part part = new Part(new LinkedHashMap<>(), new LinkedHashMap<>());
    try {
      part.figures.putAll(
          losses(step, micro, (group, loss) -> part.gradients.put(group, group.gradients(loss))));
      return part;
    } catch (RuntimeException | Error e) {
      part.close();
      throw e;
    }
  }

  /**
   * The figures of a micro-batch.
   *
   * @param descend takes each group that has a loss, and its part of the step's
   */
  private Map<String, Double> losses(
      long step, int micro, BiConsumer<TrainedGroup, Tensor> descend) {
    Map<String, Double> seen = new LinkedHashMap<>();
    try (Scope scope = Scope.open();
        RandomSource random = new RandomSource(StepSeed.of(recipe.seed(), step, micro))) {
      int[] rows = order.rows(step * recipe.accumulate() + micro, recipe.batch());
      Losses losses;
      try (Precision precision = Precision.of(recipe.precision())) {
        losses = task.losses(rows, random, step, recipe.steps());
      }
      losses.metrics().forEach((name, t) -> seen.put(name, t.item()));
      for (TrainedGroup group : groups) {
        Tensor loss = losses.losses().get(group.name());
        if (loss != null) {
          double value = loss.detach().item();
          group.check("loss", value, step);
          descend.accept(group, loss.div(recipe.accumulate()));
          seen.put(group == main() ? LOSS : group.name(), value);
        }
      }
    }
    seen.forEach((name, value) -> main().check(name, value, step));
    return seen;
  }

  private TrainedGroup main() {
    return groups.get(0);
  }

  private void add(Map<String, Double> figures, Map<String, Double> means) {
    figures.forEach((name, value) -> means.merge(name, value / recipe.accumulate(), Double::sum));
  }

  @Override
  public void close() {
    if (threads != null) {
      threads.shutdown();
    }
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
}
