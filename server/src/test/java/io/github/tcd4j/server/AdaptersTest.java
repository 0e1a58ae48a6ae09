package io.github.tcd4j.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.HintPicture;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.server.adapters.AdapterCatalog;
import io.github.tcd4j.server.adapters.ServedAdapter;
import io.github.tcd4j.server.engine.EngineListener;
import io.github.tcd4j.server.engine.EngineSettings;
import io.github.tcd4j.server.engine.GenerationEngine;
import io.github.tcd4j.server.engine.JobRequest;
import io.github.tcd4j.server.engine.JobStatus;
import io.github.tcd4j.server.engine.ModelCatalog;
import io.github.tcd4j.server.engine.ServedModel;
import io.github.tcd4j.server.sharing.Batching;
import io.github.tcd4j.tensor.Device;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * ControlNets, T2I-Adapters and IP-Adapters over HTTP, against the same requests in the library.
 */
@Timeout(60)
class AdaptersTest {
  @TempDir static Path folder;

  private static ModelFolder model;
  private static Served served;
  private static TextToImage library;

  @BeforeAll
  static void start() throws Exception {
    for (String name :
        List.of(
            "control-sd1", "control-sdxl", "t2i-sd1-full", "encoder", "ip-sd1-plus.safetensors")) {
      copy(resource("adapter/" + name), folder.resolve(name));
    }
    Files.writeString(folder.resolve("notes.txt"), "no adapter");
    model = ModelFolder.open("sd1", resource("fidelity/sd1"));
    served =
        new Served(
            new ModelCatalog(List.of(model), null, AdapterCatalog.of(folder)),
            EngineSettings.USUAL.withBatching(Batching.ON),
            ServerSettings.USUAL);
    library = TextToImage.load(model, Device.CPU);
  }

  @AfterAll
  static void end() {
    library.close();
    served.close();
  }

  private static Path resource(String name) throws Exception {
    return Path.of(Objects.requireNonNull(AdaptersTest.class.getResource("/" + name)).toURI());
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  /** Two halves of different colours, so that Canny finds an edge. */
  private static byte[] picture(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / 3 % width < width / 2 ? 20 * (i % 3) : 255 - 40 * (i % 3));
    }
    return PngWriter.encode(new Image(width, height, rgb), Map.of());
  }

  private static String base64(byte[] file) {
    return Base64.getEncoder().encodeToString(file);
  }

  private static Request.Builder request() {
    return Request.builder("a").seed(5).steps(3).guidance(3.0).size(64, 64);
  }

  private static ObjectNode json() {
    return Served.JSON
        .createObjectNode()
        .put("prompt", "a")
        .put("seed", 5)
        .put("steps", 3)
        .put("guidance", 3)
        .put("width", 64)
        .put("height", 64);
  }

  private static byte[] generated(ObjectNode request) throws Exception {
    String id = served.submit(request.toString());
    JsonNode job = served.await(id, "completed", "failed");
    assertThat(job.get("error").isNull()).as(job.toString()).isTrue();
    return ImageDecoder.decode(served.get("/api/jobs/" + id + "/images/0").body()).rgb();
  }

  @Test
  void filesOfAFormBelongToTheAdaptersThatTheirNamesSay() throws Exception {
    ObjectNode request = json();
    request.putArray("controls").addObject().put("name", "control-sd1").put("weight", 0.5);
    request.putArray("image_prompts").addObject().put("name", "ip-sd1-plus").put("scale", 0.7);
    byte[] hint = picture(64, 64);
    byte[] prompt = picture(48, 32);
    Map<String, Object> form = new LinkedHashMap<>();
    form.put("controls[0].image", hint);
    form.put("image_prompts[0].images[0]", prompt);
    form.put("image_prompts[0].images[1]", hint);
    form.put("request", request.toString());
    HttpResponse<byte[]> response = served.form("/api/jobs", form);
    assertThat(response.statusCode()).as(new String(response.body(), UTF_8)).isEqualTo(202);
    String id = Served.json(response).get("id").asText();
    served.await(id, "completed");

    ((ObjectNode) request.get("controls").get(0)).put("image", base64(hint));
    ((ObjectNode) request.get("image_prompts").get(0))
        .putArray("images")
        .add(base64(prompt))
        .add(base64(hint));
    assertThat(ImageDecoder.decode(served.get("/api/jobs/" + id + "/images/0").body()).rgb())
        .isEqualTo(generated(request));
    for (String nowhere :
        List.of(
            "controls[1].image",
            "image_prompts[0].images[2]",
            "controls[0].name",
            "controls[0].hint",
            "controls.image")) {
      Map<String, Object> wrong = new LinkedHashMap<>(form);
      wrong.put(nowhere, wrong.remove("image_prompts[0].images[1]"));
      assertThat(served.form("/api/jobs", wrong).statusCode()).as(nowhere).isEqualTo(400);
    }
  }

  private static byte[] inLibrary(AdapterSettings adapters) {
    return library.generate(request().adapters(adapters).build()).get(0).image().rgb();
  }

  private static AdapterSettings control(
      String name, HintPicture hint, double weight, double start, double end) {
    AdapterModel network = AdapterModel.of("ControlNet", folder.resolve(name));
    return AdapterSettings.ofControls(
        List.of(new ControlSettings(network, hint, weight, start, end)), false);
  }

  private static HintPicture hint(byte[] file, boolean canny) {
    InputFile hint = InputFile.of("hint", file);
    return canny ? HintPicture.ofEdges(hint, new Canny(50, 150)) : HintPicture.of(hint);
  }

  private static AdapterSettings imagePrompt(byte[] file, double scale) {
    return new AdapterSettings(
        List.of(),
        false,
        List.of(
            new ImagePromptSettings(
                AdapterModel.of("IP-Adapter", folder.resolve("ip-sd1-plus.safetensors")),
                List.of(InputFile.of("picture", file)),
                scale,
                List.of())),
        AdapterModel.of("image encoder", folder.resolve("encoder")));
  }

  @Test
  void adaptersCountInTheMemoryOfModelsAndAreFreedWithTheirModel() throws Exception {
    ModelCatalog catalog =
        new ModelCatalog(List.of(model, Served.tiny()), null, AdapterCatalog.of(folder));
    ServedModel steered = catalog.standard();
    ServedModel other = catalog.all().get(1);
    long network = Files.size(folder.resolve("control-sd1/diffusion_pytorch_model.safetensors"));
    AdapterSettings control = control("control-sd1", hint(picture(64, 64), false), 1, 0, 1);
    List<String> freed = Collections.synchronizedList(new ArrayList<>());
    EngineListener listener =
        new EngineListener() {
          @Override
          public void freed(ServedModel model) {
            freed.add(model.name());
          }
        };
    EngineSettings both =
        EngineSettings.USUAL.withModelBytes(steered.bytes() + other.bytes() + network - 1);
    try (GenerationEngine engine = new GenerationEngine(catalog, both, listener)) {
      run(engine, steered, AdapterSettings.NONE);
      run(engine, other, AdapterSettings.NONE);
      assertThat(engine.modelBytes()).isEqualTo(steered.bytes() + other.bytes());
      // The adapter does not fit beside both, and the model that it is for stays.
      run(engine, steered, control);
      assertThat(freed).containsExactly(other.name());
      assertThat(engine.modelBytes()).isEqualTo(steered.bytes() + network);
      run(engine, steered, AdapterSettings.NONE);
      assertThat(engine.modelBytes()).isEqualTo(steered.bytes());
      run(engine, steered, control);
      run(engine, other, AdapterSettings.NONE);
      assertThat(freed).containsExactly(other.name(), steered.name());
      assertThat(engine.modelBytes()).isEqualTo(other.bytes());
    }
    assertThat(freed).hasSize(3);
  }

  private static void run(GenerationEngine engine, ServedModel served, AdapterSettings adapters)
      throws Exception {
    Request request = Request.builder("a").seed(5).steps(2).adapters(adapters).build();
    JobStatus status =
        engine.submit(new JobRequest(served, request, "test")).awaitEnd(Duration.ofSeconds(30));
    assertThat(status.failure()).isNull();
  }

  @Test
  void theCatalogueHasTheAdaptersThatFitTheModelAndNeitherOthersNorEncoders() {
    JsonNode adapters = Served.json(served.get("/api/models")).at("/models/0/adapters");
    assertThat(adapters.toString())
        .isEqualTo(
            "[{\"name\":\"control-sd1\",\"kind\":\"controlnet\"},"
                + "{\"name\":\"ip-sd1-plus\",\"kind\":\"ip_adapter\"},"
                + "{\"name\":\"t2i-sd1-full\",\"kind\":\"t2i_adapter\"}]");
    assertThat(Served.json(served.get("/controlnet/model_list")).get("model_list"))
        .extracting(JsonNode::asText)
        .containsExactly("control-sd1", "ip-sd1-plus", "t2i-sd1-full");
    assertThatThrownBy(() -> AdapterCatalog.of(folder.resolve("encoder/nothing")))
        .isInstanceOf(InvalidRequestException.class);
    assertThat(AdapterCatalog.of(folder).fitting(model))
        .extracting(ServedAdapter::name)
        .doesNotContain("control-sdxl", "encoder", "notes");
  }

  @Test
  void aControlOverTheJobsApiActsAsInTheLibrary() throws Exception {
    byte[] file = picture(64, 64);
    byte[] plain = generated(json());
    for (String name : List.of("control-sd1", "t2i-sd1-full")) {
      ObjectNode request = json();
      request
          .putArray("controls")
          .addObject()
          .put("name", name)
          .put("image", base64(file))
          .put("weight", 0.8)
          .put("start", 0)
          .put("end", 0.7)
          .putArray("canny")
          .add(50)
          .add(150);
      byte[] expected = inLibrary(control(name, hint(file, true), 0.8, 0, 0.7));
      assertThat(generated(request)).isEqualTo(expected).isNotEqualTo(plain);
    }
  }

  @Test
  void aPicturePromptOverTheJobsApiActsAsInTheLibrary() throws Exception {
    byte[] file = picture(40, 30);
    ObjectNode request = json();
    ObjectNode prompt =
        request.putArray("image_prompts").addObject().put("name", "ip-sd1-plus").put("scale", 0.6);
    prompt.putArray("images").add("data:image/png;base64," + base64(file));
    assertThat(generated(request)).isEqualTo(inLibrary(imagePrompt(file, 0.6)));
  }

  private static byte[] webUi(ObjectNode unit) throws Exception {
    ObjectNode request =
        Served.JSON
            .createObjectNode()
            .put("prompt", "a")
            .put("seed", 5)
            .put("steps", 3)
            .put("cfg_scale", 3)
            .put("width", 64)
            .put("height", 64);
    request.putObject("alwayson_scripts").putObject("ControlNet").putArray("args").add(unit);
    var response = served.post("/sdapi/v1/txt2img", request.toString());
    assertThat(response.statusCode()).as(new String(response.body())).isEqualTo(200);
    String image = Served.json(response).at("/images/0").asText();
    return ImageDecoder.decode(Base64.getDecoder().decode(image)).rgb();
  }

  /** The fields of webuiapi 0.9.17's ControlNetUnit. */
  private static ObjectNode unit(String model, String module, byte[] image) {
    ObjectNode unit = Served.JSON.createObjectNode();
    unit.put("image", base64(image)).putNull("mask").put("module", module).put("model", model);
    unit.put("weight", 0.7).put("resize_mode", "Resize and Fill").put("low_vram", false);
    unit.put("processor_res", 512).put("threshold_a", 50).put("threshold_b", 150);
    unit.put("guidance_start", 0.0).put("guidance_end", 1.0).put("control_mode", "Balanced");
    unit.put("pixel_perfect", false).put("hr_option", "Both").put("enabled", true);
    return unit;
  }

  @Test
  void unitsOfTheControlNetExtensionAreReadAsItsUsersSendThem() throws Exception {
    byte[] square = picture(64, 64);
    assertThat(webUi(unit("control-sd1 [0123abcd]", "canny", square)))
        .isEqualTo(inLibrary(control("control-sd1", hint(square, true), 0.7, 0, 1)));
    assertThat(webUi(unit("ip-sd1-plus", "ip-adapter-auto", square)))
        .isEqualTo(inLibrary(imagePrompt(square, 0.7)));
    byte[] wide = picture(128, 64);
    Image whole = ImageDecoder.decode(wide);
    byte[] middle = new byte[3 * 64 * 64];
    for (int y = 0; y < 64; y++) {
      System.arraycopy(whole.rgb(), 3 * (128 * y + 32), middle, 3 * 64 * y, 3 * 64);
    }
    byte[] cropped = PngWriter.encode(new Image(64, 64, middle), Map.of());
    assertThat(webUi(unit("control-sd1", "none", wide).put("resize_mode", "Crop and Resize")))
        .isEqualTo(inLibrary(control("control-sd1", hint(cropped, false), 0.7, 0, 1)));
    ObjectNode off = unit("nothing", "depth", square).put("enabled", false);
    assertThat(webUi(off)).isEqualTo(library.generate(request().build()).get(0).image().rgb());
  }

  private static String refusal(String path, ObjectNode request) {
    var response = served.post(path, request.toString());
    assertThat(response.statusCode()).isEqualTo(400);
    JsonNode error = Served.json(response);
    return error.has("errors") ? error.get("errors").asText() : error.at("/error/message").asText();
  }

  private static ObjectNode control(String name, String image) {
    ObjectNode request = json();
    request.putArray("controls").addObject().put("name", name).put("image", image);
    return request;
  }

  @Test
  void whatCannotBeIsRefusedByOneSentenceWithoutAFolder() {
    String image = base64(picture(8, 8));
    assertThat(refusal("/api/jobs", control("../control-sd1", image)))
        .isEqualTo("control ../control-sd1 is not one of those: [control-sd1, t2i-sd1-full]");
    assertThat(refusal("/api/jobs", control("control-sdxl", image))).contains("is not one of");
    assertThat(refusal("/api/jobs", control("control-sd1", "AAAA")))
        .contains("hint cannot be used");
    assertThat(refusal("/api/jobs", control("control-sd1", "http://x/y.png")))
        .contains("not fetched");
    ObjectNode many = json();
    ArrayNode controls = many.putArray("controls");
    for (int i = 0; i < 5; i++) {
      controls.addObject().put("name", "control-sd1").put("image", image);
    }
    assertThat(refusal("/api/jobs", many)).contains("at most 4");
    // Of a size that its header declares alone: nothing of it is decoded.
    byte[] declared = picture(8, 8);
    ByteBuffer.wrap(declared).putInt(16, 4096).putInt(20, 2049);
    CRC32 check = new CRC32();
    check.update(declared, 12, 17);
    ByteBuffer.wrap(declared).putInt(29, (int) check.getValue());
    ObjectNode large = control("control-sd1", base64(declared));
    large
        .withArray("controls")
        .addObject()
        .put("name", "control-sd1")
        .put("image", base64(declared));
    assertThat(refusal("/api/jobs", large)).contains("limit is 16777216");
    ObjectNode scripts = json();
    scripts.remove("guidance");
    scripts.putObject("alwayson_scripts").putObject("ADetailer");
    assertThat(refusal("/sdapi/v1/txt2img", scripts)).contains("only controlnet");
    ObjectNode depth = json();
    depth
        .putObject("alwayson_scripts")
        .putObject("controlnet")
        .putArray("args")
        .add(unit("control-sd1", "depth_midas", picture(8, 8)));
    assertThat(refusal("/sdapi/v1/txt2img", depth)).contains("module must be none or canny");
    ObjectNode filled = json();
    filled
        .putObject("alwayson_scripts")
        .putObject("controlnet")
        .putArray("args")
        .add(unit("control-sd1", "none", picture(128, 64)));
    assertThat(refusal("/sdapi/v1/txt2img", filled)).contains("of another shape");
  }

  @Test
  void anEndedJobKeepsNeitherHintsNorPromptPictures() throws Exception {
    String id = served.submit(control("control-sd1", base64(picture(8, 8))).toString());
    served.await(id, "completed");
    var job = Objects.requireNonNull(served.server.engine().job(id));
    assertThat(job.request().request().adapters().controls().get(0).hint().file().content())
        .isNull();
    assertThat(job.settings().adapters().controls().get(0).hint().file().content()).isNull();
    assertThat(served.job(id).at("/request/controls/0/name").asText()).isEqualTo("control-sd1");
    assertThat(served.job(id).toString()).doesNotContain(folder.toString());
  }
}
