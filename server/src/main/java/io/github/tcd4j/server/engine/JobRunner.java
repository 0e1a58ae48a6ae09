package io.github.tcd4j.server.engine;

import io.github.tcd4j.pipeline.ContinuousBatch;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.batching.RowTimes;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.server.sharing.SharedSize;
import io.github.tcd4j.server.sharing.SharingDecision;
import io.github.tcd4j.server.sharing.SharingDecisions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The jobs that are being generated: one, or several of one model that share the steps of its
 * network. Belongs to the engine's thread, which runs the network; what a job does between two
 * evaluations runs on a thread of its own, but only one thread works at a time.
 */
final class JobRunner implements AutoCloseable {
  /** More jobs at a time gain nothing and delay each other. */
  private static final int MOST = 8;

  /** For a measurement while jobs wait. */
  private static final Duration SHORT = Duration.ofSeconds(2);

  /** For one while nobody waits; it ends as soon as somebody does. */
  private static final Duration LONG = Duration.ofMinutes(2);

  /** What the engine does with the outcome. */
  interface Outcome {
    /** A picture is there; called on the job's thread. */
    void made(Job job, Picture picture);

    /**
     * A job has ended.
     *
     * @param failure what it threw; null if it has all its pictures
     * @param work the time that went into it: of a shared step its part
     */
    void ended(Job job, @Nullable Throwable failure, Duration work);
  }

  private final LoadedModels models;
  private final SharingDecisions decisions;
  private final EngineListener listener;
  private final FolderFilter filter;
  private final Outcome outcome;
  private final ExecutorService threads;

  /** The nanoseconds that went into each. */
  private final Map<Job, Long> running = new LinkedHashMap<>();

  private @Nullable TextToImage model;
  private @Nullable ContinuousBatch batch;
  private boolean freeWhenIdle;

  /** When the work that is being done began, and how many jobs it is for. */
  private long since;

  private int sharers = 1;

  JobRunner(
      LoadedModels models,
      SharingDecisions decisions,
      EngineListener listener,
      FolderFilter filter,
      Outcome outcome) {
    this.models = models;
    this.decisions = decisions;
    this.listener = listener;
    this.filter = filter;
    this.outcome = outcome;
    threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            5,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            r -> {
              Thread thread = new Thread(r, "tcd4j-job");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Whether nothing is being generated. */
  boolean isIdle() {
    return running.isEmpty();
  }

  /** Whether the job can start now: nothing runs, or what runs shares its steps with it. */
  boolean fits(Job job) {
    ContinuousBatch current = batch;
    if (isIdle() || current == null) {
      return isIdle();
    }
    Job first = running.keySet().iterator().next();
    // After memory ran out none joins, so that those that run end and all is freed.
    return running.size() < MOST
        && !freeWhenIdle
        && first.request().model().equals(job.request().model())
        && shares(first)
        && shares(job)
        && current.fits(job.settings());
  }

  private boolean shares(Job job) {
    SharingDecision decision = job.request().exact() ? null : decisions.of(size(job));
    return decision != null && decision.pays(job.settings().guided() ? 2 : 1);
  }

  private static SharedSize size(Job job) {
    return SharedSize.of(job.request().model().name(), job.settings());
  }

  /**
   * Starts a job that {@link #fits}, up to its first evaluation.
   *
   * @param othersWait whether it is worth to measure first whether sharing pays
   */
  void start(Job job, boolean othersWait) {
    since = System.nanoTime();
    sharers = 1;
    running.put(job, 0L);
    try {
      listener.started(job);
      job.checkCancelled();
      JobProgress progress = new JobProgress(job, listener, filter);
      Request request = job.request().request();
      TextToImage opened = models.open(job.request().model(), request, progress);
      job.checkCancelled();
      ContinuousBatch joined = batch(opened);
      decisions.seen(size(job));
      if (othersWait && running.size() == 1 && decisions.isOpen(size(job))) {
        measure(opened, request, size(job), SHORT, () -> true);
      }
      SharingDecision decision = decisions.of(size(job));
      joined.mostRows(decision == null ? 1 : decision.mostRows());
      Request watched = request.toBuilder().hook(new Previews(job, opened.preview())).build();
      joined.add(watched, progress, picture -> outcome.made(job, picture), e -> end(job, e));
    } catch (Throwable e) {
      end(job, e);
    }
    account(List.of(job));
    freeIfIdle();
  }

  private ContinuousBatch batch(TextToImage opened) {
    ContinuousBatch current = batch;
    if (current == null || model != opened) {
      model = opened;
      current = opened.continuousBatch(threads, 1);
      batch = current;
    }
    return current;
  }

  /** One step of all that run. */
  void step() {
    ContinuousBatch current = batch;
    if (current == null) {
      throw new IllegalStateException("nothing runs");
    }
    List<Job> jobs = List.copyOf(running.keySet());
    ServedModel served = jobs.get(0).request().model();
    since = System.nanoTime();
    sharers = jobs.size();
    List<Integer> calls = current.step();
    account(jobs);
    calls.forEach(rows -> listener.evaluated(served, rows));
    freeIfIdle();
  }

  private long each() {
    return (System.nanoTime() - since) / sharers;
  }

  private void account(List<Job> jobs) {
    long each = each();
    jobs.forEach(j -> running.computeIfPresent(j, (job, spent) -> spent + each));
  }

  private void end(Job job, @Nullable Throwable failure) {
    Long spent = running.remove(job);
    if (failure != null && !(failure instanceof CancellationException)) {
      freeWhenIdle |= Failure.of(failure, filter).kind() == Failure.Kind.OUT_OF_MEMORY;
    }
    outcome.ended(job, failure, Duration.ofNanos((spent == null ? 0 : spent) + each()));
  }

  /**
   * Where memory ran out, what was being read may be there by half; the next request reads it anew.
   */
  private void freeIfIdle() {
    if (freeWhenIdle && isIdle()) {
      freeWhenIdle = false;
      forget();
      models.close();
    }
  }

  private void forget() {
    batch = null;
    model = null;
  }

  /** Notes the size that requests have which choose none. */
  void expect(ServedModel served, GenerationSettings usual) {
    decisions.seen(SharedSize.of(served.name(), usual));
  }

  /**
   * Measures one of the sizes that requests had, if one is open whose model is in memory.
   *
   * @param goOn whether nobody waits
   * @return whether there was one to measure
   */
  boolean measure(ModelCatalog catalog, Request usual, BooleanSupplier goOn) {
    for (SharedSize size : decisions.open()) {
      ServedModel served = catalog.find(size.model());
      TextToImage loaded = served == null ? null : models.loaded(served);
      if (loaded == null) {
        continue;
      }
      Request request = usual.toBuilder().size(size.width(), size.height()).build();
      boolean measured = measure(loaded, request, size, LONG, goOn);
      if (!measured && goOn.getAsBoolean()) {
        decisions.unmeasurable(size);
      }
      return true;
    }
    return false;
  }

  private boolean measure(
      TextToImage loaded, Request request, SharedSize size, Duration budget, BooleanSupplier goOn) {
    RowTimes times = null;
    try {
      times = ContinuousBatch.measureRows(loaded, request, budget, goOn);
    } catch (Throwable e) {
      // A model that needs a picture, or too little memory: then nothing is shared.
      decisions.unmeasurable(size);
    }
    if (times == null) {
      return false;
    }
    listener.measured(size, decisions.measured(size, times));
    return true;
  }

  @Override
  public void close() {
    ContinuousBatch current = batch;
    if (current != null) {
      current.close();
    }
    threads.shutdown();
  }
}
