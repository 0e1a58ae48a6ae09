package io.github.tcd4j.server.jobs;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.files.Note;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.Seed;
import io.github.tcd4j.server.api.RequestJson;
import io.github.tcd4j.server.engine.Failure;
import io.github.tcd4j.server.engine.Job;
import io.github.tcd4j.server.engine.JobResult;
import io.github.tcd4j.server.engine.JobStatus;
import io.github.tcd4j.server.http.ErrorBody;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A job as JSON. */
final class JobJson {
  private JobJson() {}

  static ObjectNode of(Job job) {
    return of(job, job.status());
  }

  static ObjectNode of(Job job, JobStatus status) {
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    o.put("id", job.id());
    o.put("state", status.state().key());
    o.put("position", status.position());
    o.put("step", status.step());
    o.put("steps", status.steps());
    if (status.left() == null) {
      o.putNull("seconds_left");
    } else {
      o.put("seconds_left", Math.round(status.left().toMillis() / 100.0) / 10.0);
    }
    time(o, "created", status.created());
    time(o, "started", status.started());
    time(o, "ended", status.ended());
    ObjectNode request = RequestJson.of(job.settings(), job.settings().position().size());
    if (job.request().exact()) {
      request.put("exact", true);
    }
    o.set("request", request);
    ArrayNode images = o.putArray("images");
    List<JobResult> results = job.results();
    for (int i = 0; i < Math.min(status.pictures(), results.size()); i++) {
      GenerationSettings own = results.get(i).settings();
      images
          .addObject()
          .put("url", "/api/jobs/" + job.id() + "/images/" + i)
          .put("seed", new BigInteger(Seed.text(own.seed())))
          .put("shared", own.position().shared());
    }
    o.put("preview", job.preview() == null ? null : "/api/jobs/" + job.id() + "/preview");
    ArrayNode notes = o.putArray("notes");
    for (Note note : status.notes()) {
      ErrorBody.put(notes.addObject().put("message", note.text()), note.hint());
    }
    Failure failure = status.failure();
    if (failure == null) {
      o.putNull("error");
    } else {
      ObjectNode error = o.putObject("error");
      error.put("message", failure.message());
      error.put("code", failure.kind().name().toLowerCase(Locale.ROOT));
      ErrorBody.put(error, failure.hint());
    }
    return o;
  }

  private static void time(ObjectNode o, String key, @Nullable Instant time) {
    o.put(key, time == null ? null : time.toString());
  }
}
