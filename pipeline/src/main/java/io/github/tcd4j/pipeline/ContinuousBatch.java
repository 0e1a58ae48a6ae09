package io.github.tcd4j.pipeline;

import io.github.tcd4j.pipeline.batching.RowTimer;
import io.github.tcd4j.pipeline.batching.RowTimes;
import io.github.tcd4j.pipeline.batching.SharedEvaluations;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.tensor.Engine;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Requests of one model that run at the same time and share the evaluations of its U-Net
 * (continuous batching): a request joins at the next step, whatever step the others are at, and one
 * that has its pictures leaves. Each has its own sampler, schedule, steps, gamma, guidance, seed
 * and hook.
 *
 * <pre>{@code
 * try (ContinuousBatch batch = model.continuousBatch(threads, 8)) {
 *   batch.add(first, progress, pictures::add, failure -> { });
 *   while (batch.running() > 0) {
 *     batch.step();
 *     if (next != null && batch.fits(model.resolve(next).settings())) {
 *       batch.add(next, ...);
 *     }
 *   }
 * }
 * }</pre>
 *
 * <p>A picture equals the one that its request gives alone up to rounding, as it does between two
 * sizes of a batch: a call of more rows may choose other kernels. Where nobody else's rows were in
 * its calls it is the same to the last bit; {@link
 * io.github.tcd4j.pipeline.metadata.BatchPosition#shared} says which.
 *
 * <p>Belongs to one thread, which runs the network. Prompts, samplers, hooks, listeners and the
 * decoding of a request run on a thread of its own, but only one thread works at a time. Those
 * callbacks must not call the model. While requests run, other callers of the model wait.
 */
public final class ContinuousBatch implements AutoCloseable {
  private final TextToImage model;
  private final SharedEvaluations shared;
  private int mostRows;
  private @Nullable GenerationSettings first;
  private Engine.@Nullable Borrowed threads;
  private TextToImage.@Nullable Held held;

  ContinuousBatch(TextToImage model, Executor threads, int mostRows) {
    this.model = model;
    this.mostRows = mostRows;
    shared = new SharedEvaluations(threads, mostRows);
  }

  /**
   * Measures how long an evaluation of the U-Net takes by its number of rows, which says whether
   * sharing pays here.
   *
   * @param request whose size, LoRAs, precision and threads are taken
   * @param budget for all of it; a size that would exceed it is left out
   * @param goOn asked before each evaluation; the measurement ends where it is false
   * @return null where it was stopped, or the budget is too small for two sizes
   * @throws io.github.tcd4j.files.InvalidRequestException if the model needs a picture
   */
  public static @Nullable RowTimes measureRows(
      TextToImage model, Request request, Duration budget, BooleanSupplier goOn) {
    RowTimer timer = new RowTimer(budget, goOn);
    Request plain =
        Request.builder("")
            .loras(request.loras())
            .size(request.size())
            .dtype(request.compute().dtype())
            .threads(request.compute().threads())
            .guidance(1.0)
            .build();
    try (TextToImage.Held held = model.hold()) {
      model.generate(plain, model.resolve(plain), Progress.SILENT, p -> {}, timer);
    } catch (CancellationException e) {
      // Where the timer ends the request.
    }
    return timer.result();
  }

  /**
   * Changes the number of rows in one call of the network; 1 for no sharing. Never are they more
   * than a batch of one request with guidance has at its size.
   */
  public void mostRows(int rows) {
    if (rows < 1) {
      throw new IllegalArgumentException("rows must be at least 1 but was " + rows);
    }
    mostRows = rows;
    GenerationSettings mine = first;
    shared.mostRows(mine == null ? rows : Math.min(rows, 2 * fitting(mine)));
  }

  /** Pictures of such a request that a batch may have together. */
  private int fitting(GenerationSettings settings) {
    int scale = model.folder.autoencoder().downscale();
    return ResolvedRequest.fitting(settings.width() / scale * (settings.height() / scale));
  }

  /** How many requests have not ended. */
  public int running() {
    return shared.running();
  }

  /**
   * Whether a request can join those that are running: its LoRAs with their weights, size,
   * precision and threads must be theirs, and neither may have ControlNets or IP-Adapters. Any can
   * where none is running.
   *
   * @param settings of the request, as {@link TextToImage#resolve} completes it
   */
  public boolean fits(GenerationSettings settings) {
    GenerationSettings mine = first;
    return mine == null
        || (mine.loras().equals(settings.loras())
            && mine.width() == settings.width()
            && mine.height() == settings.height()
            && mine.compute().equals(settings.compute())
            && !mine.adapters().present()
            && !settings.adapters().present());
  }

  /**
   * Starts a request: reads its prompt, and all that comes before its first step.
   *
   * @param made receives each picture as soon as it is decoded, in order
   * @param ended called on this thread when the request has ended, within this call or one of
   *     {@link #step}; with what it threw, or null. Must not throw
   * @throws IllegalArgumentException if the request does not {@link #fits fit}
   */
  public void add(
      Request request,
      Progress progress,
      Consumer<Picture> made,
      Consumer<@Nullable Throwable> ended) {
    ResolvedRequest resolution = model.resolve(request);
    if (!fits(resolution.settings())) {
      throw new IllegalArgumentException(
          "the request has other LoRAs, another size, precision or number of threads than those that"
              + " are running, or adapters; wait until they have ended");
    }
    if (first == null) {
      held = model.hold();
      threads = Engine.borrow(resolution.settings().threads());
      first = resolution.settings();
      mostRows(mostRows);
    }
    try {
      shared.add(
          evaluator -> model.generate(request, resolution, progress, made, evaluator), ended);
    } finally {
      releaseIfIdle();
    }
  }

  /**
   * One evaluation of the network for each of those that are running.
   *
   * @return the number of rows in each call of the network
   */
  public List<Integer> step() {
    try {
      return shared.round();
    } finally {
      releaseIfIdle();
    }
  }

  private void releaseIfIdle() {
    Engine.Borrowed borrowed = threads;
    TextToImage.Held mine = held;
    if (shared.running() == 0 && borrowed != null && mine != null) {
      borrowed.close();
      threads = null;
      held = null;
      first = null;
      mine.close();
    }
  }

  /** Cancels those that are running, each of which ends now. */
  @Override
  public void close() {
    shared.cancel();
    releaseIfIdle();
  }
}
