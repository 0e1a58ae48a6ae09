package io.github.tcd4j.server.a1111;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.server.api.Answer;
import io.github.tcd4j.server.api.RequestReader;
import io.github.tcd4j.server.api.SynchronousJob;
import io.github.tcd4j.server.engine.GenerationEngine;
import io.github.tcd4j.server.engine.Job;
import io.github.tcd4j.server.engine.JobRequest;
import io.github.tcd4j.server.engine.JobStatus;
import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JsonBody;
import io.github.tcd4j.server.http.JsonFields;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.Base64;
import java.util.function.BiFunction;

/** {@code /sdapi/v1}: what generates, its progress, and what stops it. */
public final class WebUiApi {
  static final String NAME = "a1111";
  private static final String ROOT = "/sdapi/v1/";

  private final GenerationEngine engine;
  private final RequestReader reader;
  private final TextToImageRequest requests;

  /** Chosen by {@code options} for all requests of this API that name no model. */
  private volatile String model;

  public WebUiApi(GenerationEngine engine, RequestReader reader) {
    this.engine = engine;
    this.reader = reader;
    requests = new TextToImageRequest(reader, engine.catalog(), engine.settings().limits().count());
    model = engine.catalog().standard().name();
  }

  /** Adds its addresses. */
  public void addTo(RoutesConfig routes) {
    routes.post(ROOT + "txt2img", ctx -> generate(ctx, JsonBody.LARGE, requests::read));
    routes.post(ROOT + "img2img", ctx -> generate(ctx, JsonBody.LARGE, requests::readWithPicture));
    for (String absent : new String[] {"extra-single-image", "extra-batch-images", "interrogate"}) {
      routes.post(
          ROOT + absent,
          ctx -> {
            throw new HttpProblem(
                501, "not_implemented", absent + " is not available on this server");
          });
    }
    routes.get(ROOT + "progress", this::progress);
    routes.post(ROOT + "interrupt", this::interrupt);
    routes.post(ROOT + "skip", this::interrupt);
    routes.get(ROOT + "options", ctx -> Answer.json(ctx, options()));
    routes.post(ROOT + "options", this::choose);
    routes.post(ROOT + "png-info", PngInfo::answer);
    new ControlLists(engine.catalog(), () -> reader.model(model)).addTo(routes);
    new WebUiLists(engine, () -> reader.model(model)).addTo(routes, ROOT);
  }

  private void generate(
      Context ctx, int bytes, BiFunction<JsonFields, String, JobRequest> reading) {
    JsonFields f = JsonBody.read(ctx, bytes);
    JobRequest request = reading.apply(f, model);
    boolean images = !Boolean.FALSE.equals(f.flag("send_images"));
    Answer.stream(ctx, TextToImageAnswer.of(SynchronousJob.run(engine, request, ctx), images));
  }

  /** Of the job that runs now, whichever API it came through. */
  private void progress(Context ctx) {
    Job job = engine.running();
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    JobStatus status = job == null ? null : job.status();
    int steps = status == null ? 0 : status.steps();
    int step = status == null ? 0 : status.step();
    Duration left = status == null ? null : status.left();
    o.put("progress", steps == 0 ? 0 : (double) step / steps);
    o.put("eta_relative", left == null ? 0 : left.toMillis() / 1000.0);
    ObjectNode state = o.putObject("state");
    state.put("skipped", false);
    state.put("interrupted", false);
    state.put("stopping_generation", false);
    state.put("job", job == null ? "" : job.id());
    state.put("job_count", job == null ? 0 : engine.waiting() + 1);
    state.put("job_no", 0);
    state.put("job_timestamp", status == null ? "0" : status.created().toString());
    state.put("sampling_step", step);
    state.put("sampling_steps", steps);
    byte[] preview = job == null ? null : job.preview();
    o.put("current_image", preview == null ? null : Base64.getEncoder().encodeToString(preview));
    o.put("textinfo", status == null ? null : status.state().key());
    Answer.json(ctx, o);
  }

  /** Jobs of other APIs have their own way to be cancelled. */
  private void interrupt(Context ctx) {
    engine.allRunning().stream()
        .filter(job -> job.request().api().equals(NAME))
        .findFirst()
        .ifPresent(engine::cancel);
    Answer.json(ctx, JsonNodeFactory.instance.objectNode());
  }

  private ObjectNode options() {
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    o.put("sd_model_checkpoint", model);
    o.put("sd_vae", "Automatic");
    o.put("CLIP_stop_at_last_layers", 1);
    o.put("samples_format", "png");
    return o;
  }

  private void choose(Context ctx) {
    JsonFields f = JsonBody.read(ctx, JsonBody.SMALL);
    String chosen = f.text("sd_model_checkpoint");
    f.refuseOthers();
    if (chosen != null) {
      model = reader.model(chosen).name();
    }
    Answer.json(ctx, JsonNodeFactory.instance.nullNode());
  }
}
