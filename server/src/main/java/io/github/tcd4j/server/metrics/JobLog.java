package io.github.tcd4j.server.metrics;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.pipeline.batching.RowTimes;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.Seed;
import io.github.tcd4j.server.engine.EngineListener;
import io.github.tcd4j.server.engine.Failure;
import io.github.tcd4j.server.engine.Job;
import io.github.tcd4j.server.engine.JobStatus;
import io.github.tcd4j.server.engine.ServedModel;
import io.github.tcd4j.server.sharing.SharedSize;
import io.github.tcd4j.server.sharing.SharingDecision;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One line of JSON for each job that has ended, for each model read, and for each decision whether
 * jobs share steps; no prompts.
 */
public final class JobLog implements EngineListener {
  private final Consumer<String> line;
  private final boolean all;

  /**
   * @param line receives each line; from several threads, one at a time
   * @param all false for unexpected errors alone
   */
  public JobLog(Consumer<String> line, boolean all) {
    this.line = line;
    this.all = all;
  }

  @Override
  public void ended(Job job) {
    JobStatus status = job.status();
    GenerationSettings s = job.settings();
    ObjectNode o = event("job");
    o.put("id", job.id());
    o.put("api", job.request().api());
    o.put("state", status.state().key());
    o.put("model", job.request().model().name());
    o.put("sampler", s.sampler());
    o.put("steps", s.steps());
    o.put("guidance", s.guidance());
    o.put("width", s.width());
    o.put("height", s.height());
    o.put("seed", new BigInteger(Seed.text(s.seed())));
    o.put("count", s.position().size());
    o.put("pictures", status.pictures());
    for (ResolvedLora lora : s.loras()) {
      o.withArray("loras").add(FileName.stem(lora.name()) + ":" + lora.weight());
    }
    seconds(o, "wait", status.created(), status.started());
    seconds(o, "run", status.started(), status.ended());
    Failure failure = status.failure();
    if (failure != null) {
      o.put("error", failure.message());
    }
    write(o);
  }

  @Override
  public void unexpected(Throwable e) {
    StringWriter trace = new StringWriter();
    e.printStackTrace(new PrintWriter(trace));
    send(event("error").put("error", e.toString()).put("trace", trace.toString()));
  }

  @Override
  public void loaded(ServedModel model, Duration took) {
    ObjectNode o = event("model_loaded").put("model", model.name()).put("bytes", model.bytes());
    write(o.put("run", took.toMillis() / 1000.0));
  }

  @Override
  public void freed(ServedModel model) {
    write(event("model_freed").put("model", model.name()).put("bytes", model.bytes()));
  }

  @Override
  public void measured(SharedSize size, SharingDecision decision) {
    ObjectNode o = event("batching").put("model", size.model());
    o.put("width", size.width()).put("height", size.height());
    RowTimes times = decision.times();
    if (times != null) {
      ObjectNode seconds = o.putObject("seconds_by_rows");
      times.times().forEach((rows, t) -> seconds.put(rows.toString(), t.toNanos() / 1e9));
      o.put("gain", Math.round(100 * times.gain(1)) / 100.0);
    }
    o.put("most_rows", decision.mostRows());
    write(o.put("on", decision.pays(1)).put("on_with_guidance", decision.pays(2)));
  }

  private static ObjectNode event(String name) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("time", Instant.now().toString())
        .put("event", name);
  }

  private void write(ObjectNode o) {
    if (all) {
      send(o);
    }
  }

  private synchronized void send(ObjectNode o) {
    line.accept(o.toString());
  }

  private static void seconds(
      ObjectNode o, String key, @Nullable Instant from, @Nullable Instant to) {
    if (from != null && to != null) {
      o.put(key, Duration.between(from, to).toMillis() / 1000.0);
    }
  }
}
