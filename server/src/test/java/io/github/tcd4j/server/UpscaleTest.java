package io.github.tcd4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.server.engine.EngineSettings;
import io.github.tcd4j.tensor.Device;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pictures that are enlarged over HTTP, by an upscaler and by a model that is none. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UpscaleTest {
  private static final Path FIXTURES = Served.tinyPath().resolveSibling("upscale");

  private static ModelFolder upscaler;
  private static Served served;
  private static byte[] source;

  @BeforeAll
  static void start() throws Exception {
    upscaler = ModelFolder.open("x4", FIXTURES.resolve("x4"));
    source = Files.readAllBytes(FIXTURES.resolve("source.png"));
    served =
        new Served(List.of(upscaler, Served.tiny()), EngineSettings.USUAL, ServerSettings.USUAL);
  }

  @AfterAll
  static void end() {
    served.close();
  }

  private static ObjectNode json(String upscale) throws Exception {
    return Served.JSON
        .createObjectNode()
        .put("prompt", "a")
        .put("seed", 5)
        .put("steps", 3)
        .put("image", Base64.getEncoder().encodeToString(source))
        .set("upscale", Served.JSON.readTree(upscale));
  }

  private static JsonNode job(ObjectNode request) throws Exception {
    JsonNode job = served.await(served.submit(request.toString()), "completed", "failed");
    assertThat(job.get("error").isNull()).as(job.toString()).isTrue();
    return job;
  }

  private static byte[] pixels(JsonNode job) throws Exception {
    return ImageDecoder.decode(served.get(job.at("/images/0/url").asText()).body()).rgb();
  }

  private static Picture library(ModelFolder folder, Upscaling up) {
    try (TextToImage model = TextToImage.load(folder, Device.CPU)) {
      Request request =
          Request.builder("a")
              .seed(5)
              .steps(3)
              .image(InputFile.of("image", source))
              .upscaling(up)
              .build();
      return model.generate(request).get(0);
    }
  }

  @Test
  void anUpscalerReadsThePictureWithTheNoiseLevelOfTheRequest() throws Exception {
    JsonNode job = job(json("{\"noise_level\": 60}"));
    JsonNode usual = job(json("{}"));

    assertThat(pixels(job))
        .isEqualTo(library(upscaler, Upscaling.OWN.withNoiseLevel(60)).image().rgb())
        .isNotEqualTo(pixels(usual));
    assertThat(job.at("/request/upscale").toString())
        .isEqualTo("{\"scale\":4.0,\"noise_level\":60}");
    assertThat(usual.at("/request/upscale/noise_level").asInt()).isEqualTo(20);
  }

  @Test
  void whatWasDoneCanBeSentAgainWithItsPicture() throws Exception {
    for (ObjectNode first :
        List.of(
            json("{\"noise_level\": 60, \"tile\": 32}"),
            json("{\"scale\": 1.5, \"tile\": 16, \"overlap\": 8}").put("model", "tiny"))) {
      JsonNode job = job(first);
      ObjectNode again = job.get("request").deepCopy();
      again.set("image", first.get("image"));

      assertThat(pixels(job(again))).as(again.toString()).isEqualTo(pixels(job));
      HttpSettings settings = HttpSettings.of(job);
      assertThat(settings.request.get("upscale")).isEqualTo(job.at("/request/upscale"));
    }
  }

  /** The settings that a picture carries, as the page reads them. */
  private record HttpSettings(JsonNode request) {
    static HttpSettings of(JsonNode job) {
      byte[] png = served.get(job.at("/images/0/url").asText()).body();
      return new HttpSettings(
          Served.json(
                  served.send(
                      served
                          .request("/api/picture-settings")
                          .header("Content-Type", "image/png")
                          .POST(BodyPublishers.ofByteArray(png))
                          .build()))
              .get("request"));
    }
  }

  @Test
  void anotherModelEnlargesThroughWindowsAlsoFromAForm() throws Exception {
    Upscaling up = new Upscaling(2, 16, 4);
    byte[] expected = library(Served.tiny(), up).image().rgb();
    JsonNode job =
        served.await(
            Served.json(
                    served.form(
                        "/api/jobs",
                        Map.of(
                            "model", "tiny",
                            "prompt", "a",
                            "seed", "5",
                            "steps", "3",
                            "image", source,
                            "upscale", "{\"tile\": 16, \"overlap\": 4}")))
                .get("id")
                .asText(),
            "completed",
            "failed");

    assertThat(pixels(job)).isEqualTo(expected);
    assertThat(job.at("/request/strength").asDouble()).isEqualTo(0.35);
  }

  private static String refused(ObjectNode request) {
    var response = served.post("/api/jobs", request.toString());
    assertThat(response.statusCode())
        .as(new String(response.body(), StandardCharsets.UTF_8))
        .isEqualTo(400);
    JsonNode error = Served.json(response).get("error");
    return error.get("message").asText() + error.path("advice").asText();
  }

  @Test
  void whatCannotBeIsOneSentence() throws Exception {
    assertThat(refused(json("{\"noise_level\": 351}")))
        .startsWith("the noise level of this upscaler must be in [0, 350] but was 351");
    assertThat(refused(json("{\"noise_level\": -1}")))
        .isEqualTo("upscale.noise_level must be a whole number in [0, 1000] but was -1");
    assertThat(refused(json("{\"scale\": 9}").put("model", "tiny")))
        .isEqualTo("the scale of upscaling must be above 1 and at most 8.0 but was 9.0");
    assertThat(refused(json("{\"noise\": 9}")))
        .isEqualTo("unknown field upscale.noise; the fields are noise_level, overlap, scale, tile");
    assertThat(refused(json("2"))).isEqualTo("upscale must be an object but was 2");
    assertThat(refused(json("{\"noise_level\": 20}").put("model", "tiny")))
        .startsWith("a noise level has an effect only in an upscaler");
    assertThat(refused(json("null")))
        .isEqualTo("this is an upscaler, which only enlarges picturesset image, and upscale to {}");
    ObjectNode without = json("{}");
    without.remove("image");
    assertThat(refused(without)).startsWith("upscaling has no effect without a picture");
  }

  @Test
  void pixelsThatManyWindowsHaveCountForEach() throws Exception {
    byte[] grey = PngWriter.encode(new Image(256, 256, new byte[3 * 256 * 256]), Map.of());
    ObjectNode request = json("{\"scale\": 4, \"tile\": 512, \"overlap\": 504}");
    request.put("model", "tiny").put("image", Base64.getEncoder().encodeToString(grey));

    assertThat(refused(request))
        .contains("more work than this server's limit", "a smaller overlap");
  }

  @Test
  void aServerWhoseDefaultModelIsAnUpscalerIsReady() throws Exception {
    for (int i = 0; i < 500 && served.get("/readyz").statusCode() != 200; i++) {
      Thread.sleep(20);
    }
    assertThat(served.get("/readyz").statusCode()).isEqualTo(200);
  }
}
