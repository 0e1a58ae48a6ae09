package io.github.tcd4j.server.engine;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.ResolvedRequest;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.server.sharing.SharingDecisions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * One thread that generates, and the queue before it; where {@link EngineSettings#batching} allows
 * it, jobs share the steps of a network. A job that fails, runs out of memory or is cancelled
 * leaves the engine as it was; a cancelled one ends within one step.
 */
public final class GenerationEngine implements AutoCloseable {
  private static final SecureRandom RANDOM = new SecureRandom();

  /** What stands for the requests to come. */
  private static final Request USUAL = Request.builder("").build();

  /** What a model says of that request which only generates from pictures. */
  private static final Set<Hint> NEEDS_PICTURE =
      EnumSet.of(Hint.INPUT_IMAGE, Hint.INPUT_MASK, Hint.UPSCALE);

  private final ModelCatalog catalog;
  private final EngineSettings settings;
  private final EngineListener listener;
  private final FolderFilter filter;
  private final LoadedModels models;
  private final JobRunner runner;
  private final JobStore store;
  private final @Nullable PictureFolder folder;
  private final SpeedEstimate speed = new SpeedEstimate();
  private final Thread thread;

  private final Object lock = new Object();
  private final Object decoding = new Object();
  private final Deque<Job> queue = new ArrayDeque<>();
  private final List<Job> running = new ArrayList<>();
  private boolean closed;

  private volatile boolean ready;
  private volatile @Nullable Failure unready;

  /** Starts the thread, which first reads the default model. */
  public GenerationEngine(ModelCatalog catalog, EngineSettings settings, EngineListener listener) {
    this.catalog = catalog;
    this.settings = settings;
    this.listener = listener;
    filter = catalog.filter();
    models = new LoadedModels(settings.device(), settings.modelBytes(), listener);
    JobRunner.Outcome outcome =
        new JobRunner.Outcome() {
          @Override
          public void made(Job job, Picture picture) {
            keep(job, picture);
          }

          @Override
          public void ended(Job job, @Nullable Throwable failure, Duration work) {
            GenerationEngine.this.ended(job, failure, work);
          }
        };
    SharingDecisions decisions = new SharingDecisions(settings.batching());
    runner = new JobRunner(models, decisions, listener, filter, outcome);
    store = new JobStore(settings.resultBytes(), settings.resultAge());
    folder = settings.output() == null ? null : new PictureFolder(settings.output());
    thread = new Thread(this::run, "tcd4j-engine-" + settings.device());
    thread.setDaemon(true);
    thread.start();
  }

  public ModelCatalog catalog() {
    return catalog;
  }

  public EngineSettings settings() {
    return settings;
  }

  /** Learns what the engine does. */
  public EngineListener listener() {
    return listener;
  }

  /** Removes folders of this machine from messages. */
  public FolderFilter filter() {
    return filter;
  }

  /** Whether the default model is in memory and the queue has a place. */
  public boolean isReady() {
    synchronized (lock) {
      return ready && !closed && queue.size() < settings.queue();
    }
  }

  /** Why the default model could not be read; null if it could, or has not been tried yet. */
  public @Nullable Failure unready() {
    return unready;
  }

  /**
   * Queues a request, completed and checked.
   *
   * @throws io.github.tcd4j.files.InvalidRequestException if it asks for what the model cannot do,
   *     or for more than the limits
   * @throws QueueFullException if no place is free
   * @throws EngineClosedException if the server is shutting down
   */
  public Job submit(JobRequest asked) {
    settings.limits().checkCount(asked.request());
    requirePlace(Uploads.bytes(asked));
    JobRequest request = asked.with(withCompute(asked.request()));
    GenerationSettings resolved = resolve(request);
    settings.limits().check(resolved);
    Job job = new Job(id(), request, Uploads.forgotten(resolved));
    synchronized (lock) {
      requirePlace(Uploads.bytes(request));
      store.add(job);
      queue.add(job);
      renumber();
      lock.notifyAll();
    }
    return job;
  }

  /** Also asked before anything is read for a request: who is refused must cost little. */
  private void requirePlace(long uploaded) {
    synchronized (lock) {
      if (closed) {
        throw new EngineClosedException();
      }
      long waiting = queue.stream().mapToLong(j -> Uploads.bytes(j.request())).sum();
      if (queue.size() >= settings.queue() || waiting + uploaded > settings.resultBytes()) {
        throw new QueueFullException(queue.size(), retryAfter());
      }
    }
  }

  /** Pictures of a request are decoded for it, so that one is at a time. */
  private GenerationSettings resolve(JobRequest request) {
    boolean pictures =
        request.request().input().present() || request.request().adapters().present();
    synchronized (pictures ? decoding : new Object()) {
      return ResolvedRequest.of(request.model().folder(), request.request(), settings.device())
          .settings();
    }
  }

  /** Precision and threads are the server's: each change would read the networks anew. */
  private Request withCompute(Request request) {
    return request.toBuilder()
        .dtype(settings.compute().dtype())
        .tiling(settings.compute().tiling())
        .threads(settings.compute().threads())
        .build();
  }

  private static String id() {
    byte[] bytes = new byte[16];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** When the first of those that run will have made room. */
  private Duration retryAfter() {
    long seconds =
        running.stream()
            .map(j -> j.status().left())
            .mapToLong(left -> left == null ? 1 : left.toSeconds() + 1)
            .min()
            .orElse(1);
    return Duration.ofSeconds(Math.max(1, Math.min(seconds, 600)));
  }

  /** Tells every waiting job its place, and when it is expected to have ended. */
  private void renumber() {
    Duration sum = leftOfRunning();
    int place = 1;
    for (Job job : queue) {
      Duration own = speed.of(job.request().model().name(), RequestLimits.work(job.settings()));
      sum = sum == null || own == null ? null : sum.plus(own);
      job.queuedAt(place++, sum);
    }
  }

  /** Of what is left of jobs that share steps, each is a part. */
  private @Nullable Duration leftOfRunning() {
    Duration sum = Duration.ZERO;
    for (Job job : running) {
      Duration left = job.status().left();
      if (left == null) {
        return null;
      }
      sum = sum.plus(left.dividedBy(running.size()));
    }
    return sum;
  }

  /** The job of an id; null if there is none, or it has been forgotten. */
  public @Nullable Job job(String id) {
    return store.get(id);
  }

  /** All jobs, the newest first. */
  public List<Job> jobs() {
    return store.newest();
  }

  /** The job that has been worked on for longest; null if none is. */
  public @Nullable Job running() {
    synchronized (lock) {
      return running.isEmpty() ? null : running.get(0);
    }
  }

  /** The jobs that are worked on, the first started first. */
  public List<Job> allRunning() {
    synchronized (lock) {
      return List.copyOf(running);
    }
  }

  /** How many jobs wait. */
  public int waiting() {
    synchronized (lock) {
      return queue.size();
    }
  }

  /** Estimated bytes of the networks in memory. */
  public long modelBytes() {
    return models.bytes();
  }

  /** Ends a job: at once if it waits, within one step if it runs. */
  public void cancel(Job job) {
    job.requestCancel();
    synchronized (lock) {
      if (queue.remove(job)) {
        job.end(JobState.CANCELLED, null);
        listener.ended(job);
        renumber();
      }
    }
  }

  /** Ends a job and forgets it and its pictures. */
  public void delete(Job job) {
    cancel(job);
    store.remove(job);
  }

  private void run() {
    prepare();
    try {
      while (true) {
        Job job = next();
        if (job != null) {
          runner.start(job, waiting() > 0);
        } else if (!runner.isIdle()) {
          runner.step();
        } else if (isClosed()) {
          break;
        } else if (!runner.measure(catalog, withCompute(USUAL), this::nobodyWaits)) {
          awaitWork();
        }
      }
    } finally {
      runner.close();
      models.close();
    }
  }

  private void prepare() {
    try {
      Request request = withCompute(USUAL);
      ServedModel standard = catalog.standard();
      models.open(standard, request, Progress.SILENT);
      runner.expect(
          standard, ResolvedRequest.of(standard.folder(), request, settings.device()).settings());
      ready = true;
    } catch (InvalidRequestException e) {
      // A model that generates from pictures alone is read for the first of them.
      ready = NEEDS_PICTURE.contains(e.hint());
      unready = ready ? null : Failure.of(e, filter);
    } catch (Throwable e) {
      // Other models may work; readiness reports it.
      unready = Failure.of(e, filter);
      listener.unexpected(e);
    }
  }

  /**
   * The first of the queue, if it can start now: none overtakes it, so that none waits for ever.
   */
  private @Nullable Job next() {
    synchronized (lock) {
      Job job = queue.peek();
      if (job == null || !runner.fits(job)) {
        return null;
      }
      queue.remove();
      running.add(job);
      GenerationSettings s = job.settings();
      job.start(speed.of(job.request().model().name(), RequestLimits.work(s)));
      renumber();
      return job;
    }
  }

  private boolean isClosed() {
    synchronized (lock) {
      return closed;
    }
  }

  private boolean nobodyWaits() {
    synchronized (lock) {
      return queue.isEmpty() && !closed;
    }
  }

  private void awaitWork() {
    synchronized (lock) {
      while (queue.isEmpty() && !closed) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          // Nobody interrupts this thread: an interrupt would close files that stay open.
          closed = true;
        }
      }
    }
  }

  private void ended(Job job, @Nullable Throwable e, Duration work) {
    if (e == null) {
      speed.learn(job.request().model().name(), RequestLimits.work(job.settings()), work);
      end(job, JobState.COMPLETED, null);
    } else if (e instanceof CancellationException) {
      end(job, JobState.CANCELLED, null);
    } else {
      Failure failure = Failure.of(e, filter);
      if (failure.kind() == Failure.Kind.BUG) {
        listener.unexpected(e);
      }
      end(job, JobState.FAILED, failure);
    }
  }

  private void end(Job job, JobState state, @Nullable Failure failure) {
    synchronized (lock) {
      // Before anybody learns of the end: whoever asks then must not be given this job.
      running.remove(job);
    }
    job.end(state, failure);
    listener.ended(job);
  }

  private void keep(Job job, Picture generated) {
    // The hook of previews changes nothing, so the picture can be generated again without it.
    GenerationSettings own = generated.settings();
    Picture picture =
        new Picture(
            generated.image(),
            Uploads.forgotten(own.withSampling(own.sampling().withHooked(false))),
            generated.latents());
    byte[] png = picture.toPng();
    if (folder != null) {
      folder.write(job, job.status().pictures(), png);
    }
    job.add(new JobResult(png, picture.settings()));
    job.checkCancelled();
  }

  /**
   * Takes no more jobs, cancels those that wait, gives the running ones time to end, then cancels
   * them and frees the models.
   */
  public void close(Duration grace) {
    List<Job> waiting;
    synchronized (lock) {
      closed = true;
      waiting = List.copyOf(queue);
      lock.notifyAll();
    }
    waiting.forEach(this::cancel);
    long end = System.nanoTime() + grace.toNanos();
    try {
      for (Job last : allRunning()) {
        if (!last.awaitEnd(Duration.ofNanos(end - System.nanoTime())).state().ended()) {
          last.requestCancel();
        }
      }
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The same without any grace. */
  @Override
  public void close() {
    close(Duration.ZERO);
  }
}
