package io.github.tcd4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.server.engine.EngineSettings;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The APIs of others; oracle/check_server_clients.py calls them with the clients of others. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CompatibleApisTest {
  private static final String SLOW =
      "{\"prompt\": \"a\", \"loras\": [], \"sampler\": \"ddim\", \"steps\": 900, \"n\": 20, \"batch\": 1}";

  private static Served served;

  @BeforeAll
  static void start() {
    served =
        new Served(EngineSettings.USUAL, ServerSettings.USUAL.withIdle(Duration.ofMillis(300)));
  }

  @AfterAll
  static void end() {
    served.close();
  }

  private static PngMetadata png(JsonNode base64) {
    return PngMetadata.read(Path.of("png"), Base64.getDecoder().decode(base64.asText()));
  }

  @Test
  void openAiClientsReachEverySetting() {
    JsonNode answer =
        Served.json(
            served.post(
                "/v1/images/generations",
                "{\"model\": \"tiny\", \"prompt\": \"cat\", \"n\": 2, \"size\": \"16x8\", \"user\": \"me\","
                    + " \"quality\": \"hd\", \"seed\": 3, \"steps\": 2, \"gamma\": [0.5, 0], \"sampler\": \"tcd\","
                    + " \"guidance_scale\": 2, \"negative_prompt\": \"dog\","
                    + " \"loras\": [{\"name\": \"tcd\", \"weight\": 0.5}]}"));

    assertThat(answer.get("data")).hasSize(2);
    assertThat(answer.get("data").get(1).get("seed").asLong()).isEqualTo(4);
    assertThat(png(answer.get("data").get(0).get("b64_json")).parameters())
        .startsWith("cat\nNegative prompt: dog\nSteps: 2, Sampler: TCD")
        .contains(
            "CFG scale: 2, Seed: 3, Size: 16x8", "Gamma: \"0.5, 0\"", "Lora weights: \"tcd: 0.5\"");
  }

  @Test
  void openAiClientsGetAnAddressAndTheModels() {
    JsonNode answer =
        Served.json(
            served.post(
                "/v1/images/generations",
                "{\"prompt\": \"a\", \"steps\": 1, \"response_format\": \"url\"}"));
    String url = answer.get("data").get(0).get("url").asText();

    assertThat(served.get(url.substring(served.server.address().length())).body())
        .startsWith(0x89, 'P', 'N', 'G');
    assertThat(Served.json(served.get("/v1/models")).get("data").get(0).get("id").asText())
        .isEqualTo("tiny");
    assertThat(served.get("/v1/models/dall-e-2").statusCode()).isEqualTo(404);
  }

  @Test
  void whatOpenAiHasAndThisServerDoesNotIsRefused() {
    for (String field :
        List.of(
            "\"stream\": true",
            "\"output_format\": \"webp\"",
            "\"background\": \"transparent\"",
            "\"size\": \"big\"",
            "\"response_format\": \"x\"")) {
      assertThat(
              served
                  .post("/v1/images/generations", "{\"prompt\": \"a\", " + field + "}")
                  .statusCode())
          .as(field)
          .isEqualTo(400);
    }
  }

  @Test
  void webUiClientsReachEverySetting() throws Exception {
    JsonNode answer =
        Served.json(
            served.post(
                "/sdapi/v1/txt2img",
                "{\"prompt\": \"cat <lora:tcd:0.5>\", \"negative_prompt\": \"dog\", \"seed\": 3, \"steps\": 2,"
                    + " \"cfg_scale\": 2, \"sampler_name\": \"TCD\", \"sampler_index\": \"Euler\","
                    + " \"scheduler\": \"automatic\", \"width\": 16, \"height\": 8, \"batch_size\": 2, \"n_iter\": 2,"
                    + " \"eta\": 1.0, \"s_churn\": 0, \"styles\": [], \"alwayson_scripts\": {}, \"script_name\": null,"
                    + " \"override_settings\": {\"gamma\": 0.25, \"sd_model_checkpoint\": \"tiny\","
                    + " \"CLIP_stop_at_last_layers\": 2}}"));
    JsonNode info = Served.JSON.readTree(answer.get("info").asText());

    assertThat(answer.get("images")).hasSize(4);
    assertThat(info.get("all_seeds").toString()).isEqualTo("[3,4,5,6]");
    assertThat(png(answer.get("images").get(0)).parameters())
        .isEqualTo(info.get("infotexts").get(0).asText())
        .startsWith("cat\nNegative prompt: dog\nSteps: 2, Sampler: TCD")
        .contains(
            "CFG scale: 2, Seed: 3, Size: 16x8",
            "Clip skip: 2",
            "Gamma: 0.25",
            "Lora weights: \"tcd: 0.5\"");
    JsonNode read =
        Served.json(
            served.post(
                "/sdapi/v1/png-info",
                "{\"image\": \"data:image/png;base64,"
                    + answer.get("images").get(0).asText()
                    + "\"}"));
    assertThat(read.get("parameters").get("Seed").asText()).isEqualTo("3");
    assertThat(read.get("parameters").get("Lora weights").asText()).isEqualTo("tcd: 0.5");
  }

  @Test
  void karrasSigmasAreAFieldOfTheirOwn() throws Exception {
    JsonNode answer =
        Served.json(
            served.post(
                "/sdapi/v1/txt2img",
                "{\"prompt\": \"a\", \"steps\": 1, \"sampler_name\": \"DPM++ 2M\", \"scheduler\": \"Karras\"}"));

    assertThat(Served.JSON.readTree(answer.get("info").asText()).get("sampler_name").asText())
        .isEqualTo("DPM++ 2M Karras");
    assertThat(served.post("/sdapi/v1/txt2img", "{\"scheduler\": \"exponential\"}").statusCode())
        .isEqualTo(400);
  }

  @Test
  void whatTheWebUiHasAndThisServerDoesNotIsRefusedWhereItIsOn() {
    for (String field :
        List.of(
            "\"enable_hr\": true",
            "\"restore_faces\": true",
            "\"tiling\": true",
            "\"subseed_strength\": 0.5",
            "\"script_name\": \"x\"",
            "\"styles\": [\"x\"]",
            "\"sampler_name\": \"LMS\"",
            "\"alwayson_scripts\": {\"ControlNet\": {}}")) {
      HttpResponse<byte[]> response = served.post("/sdapi/v1/txt2img", "{" + field + "}");
      assertThat(response.statusCode()).as(field).isEqualTo(400);
      assertThat(Served.json(response).get("detail").asText()).as(field).isNotEmpty();
    }
  }

  @Test
  void anInterruptEndsTheCallWithThePicturesSoFar() throws Exception {
    CompletableFuture<HttpResponse<byte[]>> call =
        CompletableFuture.supplyAsync(
            () ->
                served.post(
                    "/sdapi/v1/txt2img",
                    "{\"prompt\": \"a\", \"loras\": [], \"sampler_name\": \"DDIM\", \"steps\": 900, \"n_iter\": 20}"));
    JsonNode progress = Served.json(served.get("/sdapi/v1/progress"));
    while (progress.get("state").get("sampling_step").asInt() < 1) {
      Thread.sleep(5);
      progress = Served.json(served.get("/sdapi/v1/progress"));
    }
    served.post("/sdapi/v1/interrupt", "");

    assertThat(progress.get("progress").asDouble()).isBetween(0.0, 1.0);
    assertThat(call.get().statusCode()).isEqualTo(200);
    assertThat(
            Served.JSON
                .readTree(Served.json(call.get()).get("info").asText())
                .get("interrupted")
                .asBoolean())
        .isTrue();
  }

  @Test
  void aClientThatGoesAwayCancelsItsJob() throws Exception {
    byte[] body = SLOW.getBytes(StandardCharsets.UTF_8);
    int port = java.net.URI.create(served.server.address()).getPort();
    try (Socket socket = new Socket("127.0.0.1", port)) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /v1/images/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                  + "Content-Length: "
                  + body.length
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      out.write(body);
      out.flush();
      while (served.server.engine().running() == null) {
        Thread.sleep(5);
      }
    }
    String id = Served.json(served.get("/api/jobs")).get("jobs").get(0).get("id").asText();

    assertThat(served.await(id, "cancelled").get("step").asInt()).isLessThan(20 * 900);
  }

  @Test
  void aCallMayTakeLongerThanAnIdleConnection() {
    HttpResponse<byte[]> response =
        served.post(
            "/v1/images/generations",
            "{\"prompt\": \"a\", \"loras\": [], \"sampler\": \"ddim\", \"steps\": 300, \"n\": 2, \"batch\": 1}");

    assertThat(response.statusCode()).isEqualTo(200);
  }
}
