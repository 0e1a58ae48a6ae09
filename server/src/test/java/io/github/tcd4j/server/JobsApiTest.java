package io.github.tcd4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import io.github.tcd4j.server.engine.EngineSettings;
import io.github.tcd4j.tensor.Engine;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JobsApiTest {
  /** {@code -Dtcd4j.cancels=500} for more. */
  private static final int CANCELS = Integer.getInteger("tcd4j.cancels", 40);

  private static Served served;

  @BeforeAll
  static void start() {
    served = new Served(EngineSettings.USUAL.withQueue(3), ServerSettings.USUAL);
  }

  @AfterAll
  static void end() {
    served.close();
  }

  @Test
  void aJobRunsToItsPicturesWhichAreThoseOfTheLibrary() throws Exception {
    String id =
        served.submit(
            "{\"prompt\": \"a cat\", \"seed\": 42, \"count\": 2, \"steps\": 3, \"gamma\": 0.5}");
    JsonNode job = served.await(id, "completed");

    assertThat(job.get("images")).hasSize(2);
    assertThat(job.get("images").get(1).get("seed").asLong()).isEqualTo(43);
    assertThat(job.get("step").asInt()).isEqualTo(3);
    byte[] png = served.get(job.get("images").get(1).get("url").asText()).body();
    try (TextToImage model = TextToImage.load(Served.tiny(), io.github.tcd4j.tensor.Device.CPU)) {
      Request request = Request.builder("a cat").seed(42).count(2).steps(3).gamma(0.5).build();
      assertThat(PngMetadata.read(Path.of("png"), png).texts().get("parameters"))
          .isEqualTo(model.generate(request).get(1).texts().get("parameters"));
      assertThat(io.github.tcd4j.images.decode.ImageDecoder.decode(png).rgb())
          .isEqualTo(model.generate(request).get(1).image().rgb());
    }
    assertThat(SettingsJson.read("png", PngMetadata.read(Path.of("png"), png).settings()).seed())
        .isEqualTo(43);
  }

  @Test
  void whatWasDoneCanBeSentAgainAndGivesTheSameBytes() throws Exception {
    JsonNode first =
        served.await(served.submit("{\"prompt\": \"dog\", \"steps\": 2}"), "completed");
    String again = served.submit(first.get("request").toString());
    JsonNode second = served.await(again, "completed");

    assertThat(served.get(second.get("images").get(0).get("url").asText()).body())
        .isEqualTo(served.get(first.get("images").get(0).get("url").asText()).body());
    assertThat(second.get("request")).isEqualTo(first.get("request"));
  }

  @Test
  void eventsEndWithTheLastState() throws Exception {
    String id = served.submit(Served.SHORT);
    HttpResponse<Stream<String>> events =
        java.net.http.HttpClient.newHttpClient()
            .send(served.request("/api/jobs/" + id + "/events").build(), BodyHandlers.ofLines());
    List<String> lines = events.body().toList();

    assertThat(events.headers().firstValue("content-type").orElse(""))
        .startsWith("text/event-stream");
    assertThat(lines.stream().filter(l -> l.startsWith("event: ")).toList())
        .last()
        .isEqualTo("event: completed");
    assertThat(lines.stream().filter(l -> l.startsWith("data: ")).toList())
        .last()
        .satisfies(
            l -> assertThat(Served.JSON.readTree(l.substring(6)).get("step").asInt()).isEqualTo(2));
  }

  @Test
  void aRunningJobEndsWithinAStepAndKeepsItsPictures() throws Exception {
    String id = served.submit(Served.LONG);
    served.await(id, "running");
    assertThat(served.post("/api/jobs/" + id + "/cancel", "").statusCode()).isEqualTo(202);
    JsonNode job = served.await(id, "cancelled");

    assertThat(job.get("step").asInt()).isLessThan(8 * 900);
    assertThat(served.post("/api/jobs/" + id + "/cancel", "").statusCode()).isEqualTo(409);
    served.await(served.submit(Served.SHORT), "completed");
  }

  @Test
  void aFullQueueAnswers429AndLosesNoJob() throws Exception {
    List<String> accepted = new ArrayList<>();
    HttpResponse<byte[]> refused = null;
    accepted.add(served.submit(Served.LONG));
    served.await(accepted.get(0), "running");
    for (int i = 0; i < 20; i++) {
      HttpResponse<byte[]> response = served.post("/api/jobs", Served.SHORT);
      if (response.statusCode() == 202) {
        accepted.add(Served.json(response).get("id").asText());
      } else {
        refused = response;
      }
    }

    assertThat(accepted).hasSize(4);
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(Long.parseLong(refused.headers().firstValue("Retry-After").orElseThrow()))
        .isBetween(1L, 600L);
    assertThat(served.job(accepted.get(2)).get("position").asInt()).isEqualTo(2);
    assertThat(served.get("/readyz").statusCode()).isEqualTo(503);
    served.post("/api/jobs/" + accepted.get(0) + "/cancel", "");
    for (String id : accepted.subList(1, 4)) {
      served.await(id, "completed");
    }
    assertThat(served.get("/readyz").statusCode()).isEqualTo(200);
  }

  @Test
  void aWaitingJobIsCancelledAtOnceAndADeletedOneForgotten() throws Exception {
    String running = served.submit(Served.LONG);
    String waiting = served.submit(Served.SHORT);
    assertThat(served.delete("/api/jobs/" + waiting).statusCode()).isEqualTo(204);
    assertThat(served.get("/api/jobs/" + waiting).statusCode()).isEqualTo(404);
    assertThat(served.delete("/api/jobs/" + running).statusCode()).isEqualTo(204);
  }

  @Test
  void whatIsWrongIsOneSentenceWithItsField() {
    record Case(String json, int status, String sentence) {}
    for (Case c :
        List.of(
            new Case("{\"prompt\": \"a\", \"gama\": 1}", 400, "unknown field gama"),
            new Case(
                "{\"prompt\": \"a\", \"gamma\": 2}", 400, "gamma must be in [0, 1] but was 2.0"),
            new Case(
                "{\"prompt\": \"a\", \"steps\": \"4\"}",
                400,
                "steps must be a whole number in [1, 1000]"),
            new Case("{\"prompt\": \"a\", \"steps\": 1e999}", 400, "steps must be a whole number"),
            new Case(
                "{\"prompt\": \"a\", \"seed\": 99999999999999999999999}",
                400,
                "seed must be a whole number"),
            new Case("{\"prompt\": \"a\", \"width\": 13}", 400, "multiples of"),
            new Case(
                "{\"prompt\": \"a\", \"width\": 8192, \"height\": 8192}", 400, "limit is 4194304"),
            new Case(
                "{\"prompt\": \"a\", \"model\": \"x\"}",
                404,
                "no model of that name; it has [tiny]"),
            new Case(
                "{\"prompt\": \"a\", \"loras\": [\"../../tiny/loras/tcd\"]}",
                400,
                "is not one of those"),
            new Case(
                "{\"prompt\": \"a\", \"sampler\": \"x\"}", 400, "sampler must be one of tcd, "),
            new Case("{\"prompt\": \"a <lora:none:1>\"}", 400, "LoRA none is not one of"),
            new Case("{\"prompt\": \"\\ud800\"}", 400, "half of a character"),
            new Case(
                "{\"prompt\": \"a\", \"count\": 65}",
                400,
                "count must be a whole number in [1, 64]"),
            new Case("{}", 400, "prompt must be given"),
            new Case("{\"prompt\": NaN}", 400, "not valid JSON"),
            new Case("{\"prompt\": 1, \"prompt\": 2}", 400, "Duplicate"),
            new Case("[[[[[[[[[[[[[[[[[[[[", 400, "nested more than 16 deep"),
            new Case("{\"a\": 1} {", 400, "column 10: there is more after its end"),
            new Case("{\"a\": ", 400, "column 7: it ends too early"),
            new Case(
                "{\"a\": x}", 400, "column 7: Unrecognized token 'x': was expecting (JSON String"),
            new Case("", 400, "must be one JSON object"))) {
      HttpResponse<byte[]> response = served.post("/api/jobs", c.json);
      JsonNode body = Served.json(response);

      assertThat(response.statusCode()).as(c.json).isEqualTo(c.status);
      assertThat(body.get("error").get("message").asText()).as(c.json).contains(c.sentence);
      assertThat(body.get("detail")).isEqualTo(body.get("error").get("message"));
    }
  }

  @Test
  void hintsAreWordsAndAdvice() {
    JsonNode error =
        Served.json(served.post("/api/jobs", "{\"prompt\": \"a\", \"gamma\": 7.5}")).get("error");

    assertThat(error.get("hint").asText()).isEqualTo("guidance");
    assertThat(error.get("advice").asText()).isEqualTo("set guidance");
    assertThat(error.get("type").asText()).isEqualTo("invalid_request_error");
  }

  @Test
  void aPictureGivesItsSettingsBack() throws Exception {
    JsonNode job =
        served.await(
            served.submit("{\"prompt\": \"cat\", \"seed\": 5, \"steps\": 2, \"gamma\": 0.25}"),
            "completed");
    byte[] png = served.get(job.get("images").get(0).get("url").asText()).body();
    JsonNode answer =
        Served.json(
            served.send(
                served
                    .request("/api/picture-settings")
                    .POST(java.net.http.HttpRequest.BodyPublishers.ofByteArray(png))
                    .build()));

    assertThat(answer.get("exact").asBoolean()).isTrue();
    assertThat(answer.get("request")).isEqualTo(job.get("request"));
  }

  @Test
  void cancelsAtRandomMomentsLeaveNoMemoryBehind() throws Exception {
    String first = served.submit(Served.LONG);
    // A network that was read with LoRAs has an object without memory in the place of each weight
    // that they change, until the first job with other LoRAs, such as this one without, has it read
    // from its file, which is done before the first step. From then on the number never changes.
    served.awaitStep(first);
    served.post("/api/jobs/" + first + "/cancel", "");
    served.await(first, "cancelled");
    long before = Engine.settledObjects();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < CANCELS; i++) {
      String id = served.submit(Served.LONG);
      Thread.sleep(random.nextInt(20));
      served.post("/api/jobs/" + id + "/cancel", "");
      served.await(id, "cancelled");
    }

    assertThat(Engine.settledObjects()).isEqualTo(before);
    served.await(served.submit(Served.SHORT), "completed");
  }

  @Test
  void picturesAreKeptInTheOutputFolderBeforeTheJobHasEnded(@TempDir Path folder) throws Exception {
    try (Served keeping =
        new Served(EngineSettings.USUAL.withOutput(folder.resolve("out")), ServerSettings.USUAL)) {
      JsonNode job =
          keeping.await(
              keeping.submit("{\"prompt\": \"../../x\", \"steps\": 1, \"count\": 2}"), "completed");
      try (Stream<Path> files = Files.list(folder.resolve("out"))) {
        List<Path> written = files.sorted().toList();
        assertThat(written).hasSize(2);
        assertThat(Files.readAllBytes(written.get(0)))
            .isEqualTo(keeping.get(job.get("images").get(0).get("url").asText()).body());
      }
    }
  }

  @Test
  void endedJobsAreForgottenByAge() throws Exception {
    try (Served brief =
        new Served(
            EngineSettings.USUAL.withResults(1 << 20, Duration.ofMillis(1)),
            ServerSettings.USUAL)) {
      String id = brief.submit(Served.SHORT);
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (brief.get("/api/jobs/" + id).statusCode() != 404 && System.nanoTime() < end) {
        Thread.sleep(10);
      }

      assertThat(new String(brief.get("/api/jobs/" + id).body(), StandardCharsets.UTF_8))
          .contains("there is no such job");
    }
  }
}
