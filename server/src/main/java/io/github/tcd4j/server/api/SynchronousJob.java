package io.github.tcd4j.server.api;

import io.github.tcd4j.server.engine.Failure;
import io.github.tcd4j.server.engine.GenerationEngine;
import io.github.tcd4j.server.engine.Job;
import io.github.tcd4j.server.engine.JobRequest;
import io.github.tcd4j.server.engine.JobState;
import io.github.tcd4j.server.engine.JobStatus;
import io.github.tcd4j.server.http.ClientConnection;
import io.github.tcd4j.server.http.HttpProblem;
import io.javalin.http.Context;
import java.time.Duration;

/** A job whose client waits on the line; it is cancelled when the client goes away. */
public final class SynchronousJob {
  /** How soon it is noticed that the client has gone; the step that runs then is the last. */
  private static final Duration LOOK = Duration.ofMillis(100);

  private SynchronousJob() {}

  /**
   * Submits a request and waits for its end, which may be that somebody else cancelled it.
   *
   * @throws HttpProblem if it fails
   */
  public static Job run(GenerationEngine engine, JobRequest request, Context ctx) {
    Job job = engine.submit(request);
    ClientConnection client = ClientConnection.of(ctx);
    try {
      JobStatus status = job.awaitEnd(LOOK);
      while (!status.state().ended()) {
        if (client.isGone()) {
          engine.cancel(job);
          throw new HttpProblem(499, "client_gone", "the client has gone");
        }
        status = job.awaitEnd(LOOK);
      }
      Failure failure = status.failure();
      if (failure != null) {
        throw HttpProblem.of(failure);
      }
      return job;
    } catch (InterruptedException e) {
      engine.cancel(job);
      Thread.currentThread().interrupt();
      throw new HttpProblem(503, "shutting_down", "the server is shutting down");
    }
  }

  /**
   * The same, for APIs that have no word for a cancelled job.
   *
   * @throws HttpProblem if it fails or is cancelled
   */
  public static Job runToItsEnd(GenerationEngine engine, JobRequest request, Context ctx) {
    Job job = run(engine, request, ctx);
    if (job.status().state() == JobState.CANCELLED) {
      throw new HttpProblem(410, "cancelled", "the job was cancelled");
    }
    return job;
  }
}
