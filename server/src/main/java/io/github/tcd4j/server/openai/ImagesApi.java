package io.github.tcd4j.server.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.pipeline.metadata.Seed;
import io.github.tcd4j.server.api.Answer;
import io.github.tcd4j.server.api.RequestReader;
import io.github.tcd4j.server.api.SynchronousJob;
import io.github.tcd4j.server.engine.GenerationEngine;
import io.github.tcd4j.server.engine.Job;
import io.github.tcd4j.server.engine.JobRequest;
import io.github.tcd4j.server.engine.JobResult;
import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JsonBody;
import io.github.tcd4j.server.http.JsonFields;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/images}: generations, edits, variations. Besides OpenAI's fields it has those of the
 * jobs API: seed, steps, gamma, sampler, guidance, negative, loras and their like.
 */
public final class ImagesApi {
  private final GenerationEngine engine;
  private final RequestReader reader;
  private final boolean open;

  /**
   * @param open whether pictures can be read by their address alone, without a token
   */
  public ImagesApi(GenerationEngine engine, RequestReader reader, boolean open) {
    this.engine = engine;
    this.reader = reader;
    this.open = open;
  }

  /** Adds its addresses. */
  public void addTo(RoutesConfig routes) {
    routes.post("/v1/images/generations", this::generations);
    routes.post("/v1/images/edits", ctx -> answer(ctx, EditForm.read(ctx, true), true));
    routes.post("/v1/images/variations", ctx -> answer(ctx, EditForm.read(ctx, false), true));
  }

  private void generations(Context ctx) throws IOException {
    answer(ctx, JsonBody.read(ctx, JsonBody.SMALL), false);
  }

  private void answer(Context ctx, JsonFields f, boolean edit) throws IOException {
    boolean url = url(f.text("response_format"));
    OutputFormat format = OutputFormat.read(f);
    requireOneOf(f.text("background"), "background", List.of("auto", "opaque"));
    boolean stream = Boolean.TRUE.equals(f.flag("stream"));
    Integer partials = f.integer(0, 3, "partial_images");
    if (url && (stream || format.jpeg())) {
      throw HttpProblem.invalid(
          "response_format",
          "response_format must be b64_json with stream, or with output_format jpeg");
    }
    // No choice of ours corresponds to these, and every client sends some.
    f.ignore("quality", "style", "moderation", "user", "input_fidelity");
    JobRequest request = edit ? reader.readEdit(f, "openai") : reader.read(f, "openai");
    f.refuseOthers();
    if (stream) {
      new ImageStream(engine, edit, format, partials == null ? 0 : partials).answer(ctx, request);
      return;
    }
    Job job = SynchronousJob.runToItsEnd(engine, request, ctx);
    Answer.stream(ctx, answer(ctx, job, url, format));
  }

  private boolean url(@Nullable String format) {
    requireOneOf(format, "response_format", List.of("b64_json", "url"));
    boolean url = "url".equals(format);
    if (url && !open) {
      throw HttpProblem.invalid(
          "response_format",
          "response_format must be b64_json where the server requires a token: an address carries"
              + " none");
    }
    return url;
  }

  private static void requireOneOf(@Nullable String value, String field, List<String> known) {
    if (value != null && !known.contains(value)) {
      throw HttpProblem.invalid(
          field, field + " must be " + String.join(" or ", known) + " on this server");
    }
  }

  private static ObjectNode answer(Context ctx, Job job, boolean url, OutputFormat format) {
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    o.put("created", Instant.now().getEpochSecond());
    o.put("output_format", format.key());
    o.put("size", job.settings().width() + "x" + job.settings().height());
    ArrayNode data = o.putArray("data");
    List<JobResult> results = job.results();
    for (int i = 0; i < results.size(); i++) {
      ObjectNode picture = data.addObject();
      if (url) {
        String host = String.valueOf(ctx.header("Host"));
        picture.put("url", "http://" + host + "/api/jobs/" + job.id() + "/images/" + i + ".png");
      } else {
        picture.put("b64_json", format.of(results.get(i).png()));
      }
      picture.put("seed", new BigInteger(Seed.text(results.get(i).settings().seed())));
    }
    return o;
  }
}
