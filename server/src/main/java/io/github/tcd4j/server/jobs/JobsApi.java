package io.github.tcd4j.server.jobs;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.server.api.Answer;
import io.github.tcd4j.server.api.RequestReader;
import io.github.tcd4j.server.engine.GenerationEngine;
import io.github.tcd4j.server.engine.Job;
import io.github.tcd4j.server.engine.JobRequest;
import io.github.tcd4j.server.engine.JobResult;
import io.github.tcd4j.server.engine.JobStatus;
import io.github.tcd4j.server.http.EventStream;
import io.github.tcd4j.server.http.FormBody;
import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JsonBody;
import io.github.tcd4j.server.http.JsonFields;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;

/** Submit, watch, cancel, read, forget. */
public final class JobsApi {
  /** Jobs in a list. */
  private static final int NEWEST = 100;

  /** Each stream of events keeps a thread. */
  private static final int STREAMS = 64;

  private static final Duration HEARTBEAT = Duration.ofSeconds(5);

  private final GenerationEngine engine;
  private final RequestReader reader;
  private final Semaphore streams = new Semaphore(STREAMS);

  public JobsApi(GenerationEngine engine, RequestReader reader) {
    this.engine = engine;
    this.reader = reader;
  }

  /** Adds its addresses. */
  public void addTo(RoutesConfig routes) {
    routes.post("/api/jobs", this::submit);
    routes.get("/api/jobs", this::list);
    routes.get("/api/jobs/{id}", ctx -> Answer.json(ctx, JobJson.of(job(ctx))));
    routes.delete("/api/jobs/{id}", this::delete);
    routes.post("/api/jobs/{id}/cancel", this::cancel);
    routes.get("/api/jobs/{id}/events", this::events);
    routes.get("/api/jobs/{id}/images/{index}", this::image);
    routes.get("/api/jobs/{id}/preview", this::preview);
  }

  private void submit(Context ctx) {
    JsonFields fields =
        FormBody.isForm(ctx)
            ? FormBody.read(ctx, RequestReader.TEXTS)
            : JsonBody.read(ctx, JsonBody.LARGE);
    JobRequest request = reader.read(fields, "jobs");
    fields.refuseOthers();
    Job job = engine.submit(request);
    ctx.header("Location", "/api/jobs/" + job.id());
    Answer.json(ctx, 202, JobJson.of(job));
  }

  private void list(Context ctx) {
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    ArrayNode jobs = o.putArray("jobs");
    engine.jobs().stream().limit(NEWEST).map(JobJson::of).forEach(jobs::add);
    Answer.json(ctx, o);
  }

  private Job job(Context ctx) {
    Job job = engine.job(ctx.pathParam("id"));
    if (job == null) {
      throw HttpProblem.notFound(
          "there is no such job; ended ones are forgotten after "
              + engine.settings().resultAge().toMinutes()
              + " minutes, or sooner when there are many");
    }
    return job;
  }

  private void delete(Context ctx) {
    engine.delete(job(ctx));
    ctx.status(204);
  }

  private void cancel(Context ctx) {
    Job job = job(ctx);
    if (job.status().state().ended()) {
      throw new HttpProblem(
          409, "already_ended", "the job has ended already: " + job.status().state().key());
    }
    engine.cancel(job);
    Answer.json(ctx, 202, JobJson.of(job));
  }

  /**
   * One event for each change, or for several of a client that reads slowly; the last is the end.
   */
  private void events(Context ctx) throws IOException, InterruptedException {
    Job job = job(ctx);
    if (!streams.tryAcquire()) {
      throw new HttpProblem(
          429, "too_many_streams", "the server has no more than " + STREAMS + " streams of events");
    }
    try {
      EventStream stream = EventStream.begin(ctx);
      JobStatus status = job.status();
      stream.send(status.state().key(), status.version(), JobJson.of(job, status));
      while (!status.state().ended()) {
        JobStatus next = job.await(status.version(), HEARTBEAT);
        if (next.version() == status.version()) {
          stream.keepAlive();
        } else {
          stream.send(next.state().key(), next.version(), JobJson.of(job, next));
        }
        status = next;
      }
    } finally {
      streams.release();
    }
  }

  private void image(Context ctx) {
    Job job = job(ctx);
    List<JobResult> results = job.results();
    String index = ctx.pathParam("index").replaceFirst("\\.png$", "");
    int i = index.matches("[0-9]{1,4}") ? Integer.parseInt(index) : -1;
    if (i < 0 || i >= results.size()) {
      throw HttpProblem.notFound(
          "the job has " + results.size() + " pictures so far, counted from 0");
    }
    // The bytes at this address never change.
    ctx.header("Cache-Control", "private, max-age=3600, immutable");
    Answer.png(ctx, results.get(i).png());
  }

  private void preview(Context ctx) {
    byte[] preview = job(ctx).preview();
    if (preview == null) {
      throw HttpProblem.notFound("the job has no preview now");
    }
    Answer.png(ctx, preview);
  }
}
