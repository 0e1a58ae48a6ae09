package io.github.tcd4j.server.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.decode.ImageFormatException;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.resize.PassOrder;
import io.github.tcd4j.images.resize.Resample;
import io.github.tcd4j.images.resize.Resizer;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.Seed;
import io.github.tcd4j.server.engine.Failure;
import io.github.tcd4j.server.engine.GenerationEngine;
import io.github.tcd4j.server.engine.Job;
import io.github.tcd4j.server.engine.JobRequest;
import io.github.tcd4j.server.engine.JobResult;
import io.github.tcd4j.server.engine.JobStatus;
import io.github.tcd4j.server.http.ErrorBody;
import io.github.tcd4j.server.http.EventStream;
import io.github.tcd4j.server.http.HttpProblem;
import io.javalin.http.Context;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;

/**
 * An answer with {@code stream}: partial images as the steps go on, then an event for each finished
 * picture. A partial image is the network's estimate by a linear map, enlarged to the picture's
 * size.
 */
final class ImageStream {
  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final Resizer BICUBIC = new Resizer(Resample.BICUBIC, PassOrder.PILLOW_13);

  private final GenerationEngine engine;
  private final String kind;
  private final OutputFormat format;
  private final int partials;

  /**
   * @param edit whether the events are those of an edit
   * @param partials most partial images, 0 to 3
   */
  ImageStream(GenerationEngine engine, boolean edit, OutputFormat format, int partials) {
    this.engine = engine;
    kind = edit ? "image_edit" : "image_generation";
    this.format = format;
    this.partials = partials;
  }

  /** Submits, and writes events until the end; the job is cancelled when the client goes away. */
  void answer(Context ctx, JobRequest request) throws IOException {
    Job job = engine.submit(request);
    boolean ended = false;
    try {
      write(EventStream.begin(ctx), job);
      ended = true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (!ended) {
        engine.cancel(job);
      }
    }
  }

  private void write(EventStream stream, Job job) throws IOException, InterruptedException {
    JobStatus status = job.status();
    byte[] last = null;
    int sent = 0;
    while (!status.state().ended()) {
      JobStatus next = job.await(status.version(), LOOK);
      if (next.version() == status.version()) {
        stream.keepAlive();
      }
      status = next;
      byte[] preview = job.preview();
      // Spread over the steps: the first of two after a third of them.
      boolean due = status.step() * (partials + 1L) >= (sent + 1L) * status.steps();
      if (preview != null && sent < partials && due && !Arrays.equals(preview, last)) {
        last = preview;
        ObjectNode event = event(job, "partial_image", enlarged(preview, job.settings()));
        event.put("partial_image_index", sent++);
        stream.send(kind + ".partial_image", status.version(), event);
      }
    }
    Failure failure = status.failure();
    if (failure != null || job.results().isEmpty()) {
      HttpProblem problem =
          failure == null
              ? new HttpProblem(410, "cancelled", "the job was cancelled")
              : HttpProblem.of(failure);
      ObjectNode error = ErrorBody.of(problem, engine.filter()).json();
      stream.send("error", status.version(), error.put("type", "error"));
      return;
    }
    for (JobResult result : job.results()) {
      ObjectNode event = event(job, "completed", result.png());
      event.put("seed", new BigInteger(Seed.text(result.settings().seed())));
      stream.send(kind + ".completed", status.version(), event);
    }
  }

  private ObjectNode event(Job job, String what, byte[] png) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", kind + "." + what)
        .put("b64_json", format.of(png))
        .put("created_at", Instant.now().getEpochSecond())
        .put("size", job.settings().width() + "x" + job.settings().height())
        .put("quality", "auto")
        .put("background", "opaque")
        .put("output_format", format.key());
  }

  private static byte[] enlarged(byte[] preview, GenerationSettings s) {
    try {
      Image small = ImageDecoder.decode(preview);
      return PngWriter.encode(BICUBIC.resize(small, s.width(), s.height()), Map.of());
    } catch (ImageFormatException e) {
      throw new IllegalStateException("a preview of our own cannot be read", e);
    }
  }
}
