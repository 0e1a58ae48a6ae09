package io.github.tcd4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.server.engine.EngineSettings;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The APIs of others; oracle/check_server_clients.py calls them with the clients of others. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CompatibleApisTest {
  private static final String SLOW =
      "{\"prompt\": \"a\", \"loras\": [], \"sampler\": \"ddim\", \"steps\": 900, \"n\": 20, \"batch\": 1}";

  private static Served served;

  @BeforeAll
  static void start() {
    served = Served.usual();
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

  private static List<JsonNode> events(String body) throws Exception {
    List<JsonNode> events = new ArrayList<>();
    String name = "";
    for (String line : body.split("\n")) {
      if (line.startsWith("event: ")) {
        name = line.substring(7);
      } else if (line.startsWith("data: ")) {
        JsonNode event = Served.JSON.readTree(line.substring(6));
        assertThat(event.get("type").asText()).isEqualTo(name);
        events.add(event);
      }
    }
    return events;
  }

  @Test
  void openAiClientsGetPartialImagesAndThenThePicturesWhereTheyStream() throws Exception {
    String settings =
        "\"prompt\": \"a\", \"loras\": [], \"sampler\": \"ddim\", \"steps\": 200, \"seed\": 1";
    var answer =
        served.post(
            "/v1/images/generations",
            "{"
                + settings
                + ", \"stream\": true, \"partial_images\": 2, \"output_format\": \"jpeg\"}");
    assertThat(answer.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    List<JsonNode> events = events(new String(answer.body(), StandardCharsets.UTF_8));
    assertThat(events).hasSizeBetween(2, 3);
    JsonNode last = events.get(events.size() - 1);
    assertThat(last.get("type").asText()).isEqualTo("image_generation.completed");
    assertThat(last.get("output_format").asText()).isEqualTo("jpeg");
    assertThat(events.get(0).get("type").asText()).isEqualTo("image_generation.partial_image");
    assertThat(events.get(0).get("partial_image_index").asInt()).isZero();
    Image whole = ImageDecoder.decode(last.get("b64_json").binaryValue());
    for (JsonNode event : events) {
      byte[] jpeg = event.get("b64_json").binaryValue();
      assertThat(jpeg).startsWith(0xff, 0xd8);
      assertThat(ImageDecoder.decode(jpeg).width()).isEqualTo(whole.width());
    }
    JsonNode plain =
        Served.json(
            served.post(
                "/v1/images/generations",
                "{" + settings + ", \"output_format\": \"jpeg\", \"output_compression\": 100}"));
    assertThat(plain.get("output_format").asText()).isEqualTo("jpeg");
    assertThat(plain.at("/data/0/b64_json").binaryValue())
        .isEqualTo(last.get("b64_json").binaryValue());
  }

  @Test
  void aStreamThatFailsEndsWithAnEventThatSaysWhy() throws Exception {
    var answer =
        served.post(
            "/v1/images/generations",
            "{\"prompt\": \"a\", \"clip_skip\": 90, \"steps\": 1, \"stream\": true}");
    List<JsonNode> events = events(new String(answer.body(), StandardCharsets.UTF_8));
    assertThat(events).hasSize(1);
    assertThat(events.get(0).get("type").asText()).isEqualTo("error");
    assertThat(events.get(0).at("/error/message").asText()).contains("clip skip");
  }

  @Test
  void whatOpenAiHasAndThisServerDoesNotIsRefused() {
    for (String field :
        List.of(
            "\"stream\": true, \"response_format\": \"url\"",
            "\"output_format\": \"jpeg\", \"response_format\": \"url\"",
            "\"partial_images\": 4",
            "\"output_compression\": 101",
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
            "\"alwayson_scripts\": {\"ADetailer\": {}}")) {
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
    // One request to a server of its own: a second one could meet its connection being closed.
    try (Served brief =
        new Served(EngineSettings.USUAL, ServerSettings.USUAL.withIdle(Duration.ofMillis(300)))) {
      HttpResponse<byte[]> response =
          brief.post(
              "/v1/images/generations",
              "{\"prompt\": \"a\", \"loras\": [], \"sampler\": \"ddim\", \"steps\": 300, \"n\": 2, \"batch\": 1}");

      assertThat(response.statusCode()).isEqualTo(200);
    }
  }

  /** 16x16, grey; the left half transparent where asked for. */
  private static byte[] picture(boolean clear) throws Exception {
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < 16; y++) {
      for (int x = 0; x < 16; x++) {
        image.setRGB(x, y, clear && x < 8 ? 0 : 0xff336699);
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  private static Image decoded(JsonNode base64) throws Exception {
    return ImageDecoder.decode(Base64.getDecoder().decode(base64.asText()));
  }

  private static HttpResponse<byte[]> form(String path, Map<String, Object> fields) {
    return served.form(path, fields);
  }

  @Test
  void anEditGeneratesTheTransparentPixelsAndKeepsTheOthers() throws Exception {
    for (Map<String, Object> files :
        List.<Map<String, Object>>of(
            Map.of("image", picture(false), "mask", picture(true)),
            Map.of("image[]", picture(true)))) {
      Map<String, Object> fields = new LinkedHashMap<>(files);
      fields.putAll(Map.of("prompt", "cat", "n", 2, "steps", 2, "seed", "5", "gamma", "[0.5, 0]"));
      HttpResponse<byte[]> response = form("/v1/images/edits", fields);
      JsonNode answer = Served.json(response);

      assertThat(response.statusCode()).as(answer.toString()).isEqualTo(200);
      assertThat(answer.get("data")).hasSize(2);
      byte[] rgb = decoded(answer.get("data").get(0).get("b64_json")).rgb();
      int generated = 0;
      for (int i = 0; i < rgb.length; i += 3) {
        boolean kept =
            (rgb[i] & 255) == 0x33 && (rgb[i + 1] & 255) == 0x66 && (rgb[i + 2] & 255) == 0x99;
        if (i / 3 % 16 >= 8) {
          assertThat(kept).isTrue();
        } else {
          generated += kept ? 0 : 1;
        }
      }
      assertThat(generated).isGreaterThan(100);
    }
  }

  @Test
  void aVariationNeedsNoPromptAndAnEditNeedsAPicture() throws Exception {
    JsonNode answer =
        Served.json(
            form(
                "/v1/images/variations",
                Map.of("image", picture(false), "strength", 0.5, "steps", 4)));

    assertThat(png(answer.get("data").get(0).get("b64_json")).parameters())
        .contains("Denoising strength: 0.5");
    assertThat(Served.json(form("/v1/images/edits", Map.of("prompt", "a"))).get("detail").asText())
        .isEqualTo("image must be given");
    HttpResponse<byte[]> opaque =
        form(
            "/v1/images/edits",
            Map.of("prompt", "a", "image", picture(false), "mask", picture(false)));
    assertThat(opaque.statusCode()).isEqualTo(400);
    assertThat(Served.json(opaque).get("detail").asText())
        .startsWith("mask has no transparent pixels");
    assertThat(
            form(
                    "/v1/images/edits",
                    Map.of("prompt", "a", "image", "x".getBytes(StandardCharsets.UTF_8)))
                .statusCode())
        .isEqualTo(400);
    assertThat(
            form(
                    "/v1/images/edits",
                    Map.of("image", picture(false), "prompt", "a", "steps", "1,\"seed\":2"))
                .statusCode())
        .isEqualTo(400);
  }

  @Test
  void theWebUisImageToImageStartsFromThePicture() throws Exception {
    String base64 = "data:image/png;base64," + Base64.getEncoder().encodeToString(picture(false));
    JsonNode answer =
        Served.json(
            served.post(
                "/sdapi/v1/img2img",
                "{\"init_images\": [\""
                    + base64
                    + "\"], \"denoising_strength\": 0.25, \"steps\": 4, \"mask_blur\": 4,"
                    + " \"resize_mode\": 0, \"inpainting_fill\": 0, \"seed\": 3}"));

    assertThat(png(answer.get("images").get(0)).parameters())
        .contains("Denoising strength: 0.25", "Size: 16x16");
    for (String wrong :
        List.of(
            "",
            "\"init_images\": [\"http://127.0.0.1/x.png\"]",
            "\"init_images\": [\"" + base64 + "\"], \"resize_mode\": 1",
            "\"init_images\": [\"" + base64 + "\"], \"inpainting_mask_invert\": 1")) {
      assertThat(served.post("/sdapi/v1/img2img", "{" + wrong + "}").statusCode())
          .as(wrong)
          .isEqualTo(400);
    }
  }

  @Test
  void aPictureOfAJobIsForgottenWhenTheJobHasEnded() throws Exception {
    String base64 = Base64.getEncoder().encodeToString(picture(false));
    String id =
        served.submit(
            "{\"prompt\": \"a\", \"steps\": 2, \"strength\": 0.5, \"image\": \"" + base64 + "\"}");
    JsonNode job = served.await(id, "completed");

    assertThat(job.get("request").get("strength").asDouble()).isEqualTo(0.5);
    assertThat(served.server.engine().job(id).request().request().input().image().content())
        .isNull();
    assertThat(served.post("/api/jobs", job.get("request").toString()).statusCode()).isEqualTo(400);
    byte[] huge = picture(false);
    huge[16] = 0x10;
    assertThat(
            new String(
                served
                    .post(
                        "/api/jobs",
                        "{\"prompt\": \"a\", \"image\": \""
                            + Base64.getEncoder().encodeToString(huge)
                            + "\"}")
                    .body(),
                StandardCharsets.UTF_8))
        .contains("image cannot be used");
  }
}
