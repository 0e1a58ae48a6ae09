package io.github.tcd4j.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.server.engine.EngineListener;
import io.github.tcd4j.server.engine.EngineSettings;
import io.github.tcd4j.server.engine.ModelCatalog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/** A server of the tiny model on a free port, and a client of it. */
final class Served implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  /** Seconds of work for the tiny model, in steps of milliseconds. */
  static final String LONG =
      "{\"prompt\": \"a\", \"loras\": [], \"sampler\": \"ddim\", \"steps\": 900, \"seed\": 1, \"count\": 8,"
          + " \"batch\": 1}";

  static final String SHORT = "{\"prompt\": \"a\", \"seed\": 7, \"steps\": 2}";

  final Server server;
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(30)).build();

  Served(EngineSettings engine, ServerSettings settings, EngineListener... listeners) {
    this(List.of(tiny()), engine, settings, listeners);
  }

  Served(
      List<ModelFolder> models,
      EngineSettings engine,
      ServerSettings settings,
      EngineListener... listeners) {
    this(new ModelCatalog(models, null), engine, settings, listeners);
  }

  Served(
      ModelCatalog catalog,
      EngineSettings engine,
      ServerSettings settings,
      EngineListener... listeners) {
    server =
        Server.start(
            catalog,
            engine,
            settings.withAddress(settings.host(), 0).withGrace(Duration.ZERO),
            List.of(listeners));
  }

  static Served usual() {
    return new Served(EngineSettings.USUAL, ServerSettings.USUAL);
  }

  static Path tinyPath() {
    try {
      return Path.of(Objects.requireNonNull(Served.class.getResource("/tiny")).toURI());
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static ModelFolder tiny() {
    return ModelFolder.open("tiny", tinyPath());
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(server.address() + path))
        .timeout(Duration.ofSeconds(120));
  }

  HttpResponse<byte[]> send(HttpRequest request) {
    try {
      return client.send(request, BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  HttpResponse<byte[]> get(String path) {
    return send(request(path).build());
  }

  HttpResponse<byte[]> post(String path, String json) {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(json))
            .build());
  }

  /** Sends a form in which bytes are files, all else fields. */
  HttpResponse<byte[]> form(String path, Map<String, Object> fields) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (Map.Entry<String, Object> field : fields.entrySet()) {
      boolean file = field.getValue() instanceof byte[];
      body.writeBytes(
          ("--bound\r\nContent-Disposition: form-data; name=\"" + field.getKey() + "\"")
              .getBytes(StandardCharsets.UTF_8));
      String type = "; filename=\"../../x.png\"\r\nContent-Type: image/png";
      body.writeBytes(((file ? type : "") + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
      body.writeBytes(
          field.getValue() instanceof byte[] bytes
              ? bytes
              : field.getValue().toString().getBytes(StandardCharsets.UTF_8));
      body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
    }
    body.writeBytes("--bound--\r\n".getBytes(StandardCharsets.UTF_8));
    return send(
        request(path)
            .header("Content-Type", "multipart/form-data; boundary=bound")
            .POST(BodyPublishers.ofByteArray(body.toByteArray()))
            .build());
  }

  HttpResponse<byte[]> delete(String path) {
    return send(request(path).DELETE().build());
  }

  static JsonNode json(HttpResponse<byte[]> response) {
    try {
      return JSON.readTree(response.body());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Submits and gives the id. */
  String submit(String json) {
    HttpResponse<byte[]> response = post("/api/jobs", json);
    if (response.statusCode() != 202) {
      throw new AssertionError(
          new String(response.body(), java.nio.charset.StandardCharsets.UTF_8));
    }
    return json(response).get("id").asText();
  }

  JsonNode job(String id) {
    return json(get("/api/jobs/" + id));
  }

  /** Waits until the job is in one of the states. */
  JsonNode await(String id, String... states) throws InterruptedException {
    return await(id, job -> List.of(states).contains(job.get("state").asText()));
  }

  /** Waits until the job has made a step. */
  JsonNode awaitStep(String id) throws InterruptedException {
    return await(id, job -> job.get("step").asInt() > 0);
  }

  private JsonNode await(String id, Predicate<JsonNode> so) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (System.nanoTime() < end) {
      JsonNode job = job(id);
      if (so.test(job)) {
        return job;
      }
      Thread.sleep(5);
    }
    throw new AssertionError("the job is still " + job(id));
  }

  @Override
  public void close() {
    server.close();
  }
}
