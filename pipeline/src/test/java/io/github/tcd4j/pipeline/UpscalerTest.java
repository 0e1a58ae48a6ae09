package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.HintPicture;
import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;
import io.github.tcd4j.pipeline.checkpoint.MemoryEstimate;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.convert.ModelConverter;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.pipeline.internal.sampling.InputDraws;
import io.github.tcd4j.pipeline.internal.sampling.InputEncoder;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import io.github.tcd4j.pipeline.metadata.SizeConditioning;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests to an upscaler; the numbers are compared with diffusers' in {@link FidelityTest}. */
class UpscalerTest {
  private static final Path SOURCE = UpscaleCase.resource("source.png");

  private static Request.Builder request() {
    return Request.builder(Tiny.PROMPT).image(SOURCE).upscaling(Upscaling.OWN);
  }

  private static GenerationSettings resolved(Request.Builder request) {
    return ResolvedRequest.of(UpscaleCase.folder(), request.build(), Device.CPU).settings();
  }

  @Test
  void defaultsAreThoseOfThePipelineInDiffusers() {
    GenerationSettings s = resolved(request());

    assertThat(s.sampler()).isEqualTo("ddim");
    assertThat(s.steps()).isEqualTo(75);
    assertThat(s.guidance()).isEqualTo(9);
    assertThat(s.input().upscaling()).isEqualTo(new Upscaling(4.0, null, null, 20));
    assertThat(s.input().strength()).isNull();
    // Of 19x14 pixels diffusers reads 16x12.
    assertThat(List.of(s.width(), s.height())).containsExactly(64, 48);
    assertThat(s.compute().tiling()).isFalse();
  }

  @Test
  void samplersOfDistilledNetworksKeepTheirFewStepsWithoutGuidance() {
    GenerationSettings s = resolved(request().sampler("tcd"));

    assertThat(s.steps()).isEqualTo(4);
    assertThat(s.guidance()).isEqualTo(1);
  }

  @Test
  void theSmallPictureIsReadWithTheNoiseOfItsLevel() {
    UpscaleCase first = UpscaleCase.all().get(0);
    Request request = first.request(Tiny.PROMPT).sampler("ddim").gamma((Gamma) null).build();
    ResolvedRequest r = ResolvedRequest.of(UpscaleCase.folder(), request, Device.CPU);
    try (Scope scope = Scope.inference();
        LoadedModel networks = new LoadedModel(UpscaleCase.folder(), Device.CPU, true)) {
      Tensor picture =
          new InputEncoder(networks, false, Progress.SILENT).small(r.pictures()).picture().mean();
      NoiseSource noise = NoiseSource.of(List.of(new RandomSource(r.settings().seed())));
      InputDraws draws =
          InputDraws.upscaling(
              UpscaleCase.folder().lowResScheduler(), 20, picture, noise, Device.CPU, 1, 4, 12, 16);

      assertThat(Tiny.distance(draws.channels(), UpscaleCase.stored("noised"))).isLessThan(1e-6);
    }
  }

  @Test
  void aLargeResultIsMadeInWindowsAndASmallOneAsAWhole() {
    byte[] png = PngWriter.encode(new Image(260, 256, new byte[3 * 260 * 256]), Map.of());
    GenerationSettings large = resolved(request().image(InputFile.of("large.png", png)));
    GenerationSettings chosen = resolved(request().upscaling(new Upscaling(null, 38, null, null)));
    byte[] square = PngWriter.encode(new Image(256, 256, new byte[3 * 256 * 256]), Map.of());
    GenerationSettings megapixel = resolved(request().image(InputFile.of("square.png", square)));

    assertThat(large.input().upscaling()).isEqualTo(new Upscaling(4.0, 32, 8, 20));
    assertThat(large.compute().tiling()).isTrue();
    // Which only SDXL is conditioned on.
    assertThat(large.size().conditioning()).isEqualTo(SizeConditioning.OWN);
    assertThat(chosen.input().upscaling()).isEqualTo(new Upscaling(4.0, 36, 8, 20));
    assertThat(megapixel.input().upscaling()).isEqualTo(new Upscaling(4.0, null, null, 20));
    assertThat(megapixel.compute().tiling()).isFalse();
  }

  @Test
  void oneWindowIsTheWholeAndSeveralReadTheirOwnPartOfThePicture() {
    try (Scope scope = Scope.inference();
        TextToImage model = Tiny.load(UpscaleCase.folder())) {
      Request.Builder r = request().sampler("tcd").steps(3).seed(5).guidance(2.0);
      Picture whole = model.generate(r.build()).get(0);
      Picture one = model.generate(r.upscaling(windows(80)).build()).get(0);
      Picture several = model.generate(r.upscaling(windows(32)).build()).get(0);

      assertThat(one.image().rgb()).isEqualTo(whole.image().rgb());
      double distance = Tiny.distance(several.latents().tensor(), whole.latents().tensor());
      assertThat(distance).isBetween(1e-4, 0.7);
    }
  }

  private static Upscaling windows(int tile) {
    return new Upscaling(null, tile, 8, null);
  }

  @Test
  void whatChangesInOneCornerOfThePictureReachesNoWindowWithoutIt() {
    try (Scope scope = Scope.inference();
        TextToImage model = Tiny.load(UpscaleCase.folder())) {
      byte[] rgb = new byte[3 * 24 * 8];
      Request.Builder r = request().sampler("ddim").steps(1).seed(5).upscaling(windows(32));
      Tensor before = latents(model, r, rgb);
      rgb[0] = (byte) 255;
      Tensor after = latents(model, r, rgb);

      // Windows of 8 latent elements, which overlap in 2: the last begins at 16.
      Tensor moved = after.minus(before).abs();
      assertThat(moved.narrow(3, 0, 6).max().item()).isGreaterThan(1e-4);
      assertThat(moved.narrow(3, 16, 8).max().item()).isZero();
    }
  }

  private static Tensor latents(TextToImage model, Request.Builder r, byte[] rgb) {
    byte[] png = PngWriter.encode(new Image(24, 8, rgb), Map.of());
    Request request = r.image(InputFile.of("strip.png", png)).build();
    return model.generate(request).get(0).latents().tensor();
  }

  @Test
  void aPictureCarriesItsNoiseLevelAndIsReplayedToTheSameBytes() throws IOException {
    try (TextToImage model = Tiny.load(UpscaleCase.folder())) {
      Request.Builder r =
          request().sampler("tcd").steps(2).upscaling(new Upscaling(null, null, null, 77));
      Picture picture = model.generate(r.build()).get(0);
      String json = SettingsJson.write(picture.settings());
      GenerationSettings read = SettingsJson.read("x", json);

      assertThat(json).contains("\"upscale\":{\"scale\":4.0,\"noiseLevel\":77}");
      assertThat(read.input().upscaling()).isEqualTo(new Upscaling(4.0, null, null, 77));
      Request again =
          new Replay(read)
              .request().toBuilder()
                  .input(read.input().withImage(InputFile.of("picture", SOURCE)))
                  .build();
      assertThat(model.generate(again).get(0).toPng()).isEqualTo(picture.toPng());
    }
  }

  @Test
  void everyPictureOfABatchIsThatOfItsOwnSeed() {
    try (Scope scope = Scope.inference();
        TextToImage model = Tiny.load(UpscaleCase.folder())) {
      Request.Builder r = request().sampler("tcd").steps(2).gamma(1.0).guidance(3.0);
      Tensor both = Tiny.latents(model.generate(r.seed(8).count(2).build()));
      Tensor second = Tiny.latents(model.generate(r.seed(9).count(1).build()));

      assertThat(Tiny.distance(both.narrow(0, 1, 1), second)).isLessThan(1e-5);
    }
  }

  private static void refused(Request.Builder request, String message) {
    refused(UpscaleCase.folder(), request, message);
  }

  private static void refused(ModelFolder folder, Request.Builder request, String message) {
    assertThatThrownBy(() -> ResolvedRequest.of(folder, request.build(), Device.CPU))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage(message);
  }

  @Test
  void anUpscalerGeneratesNothingFromAPromptAlone() {
    for (Request.Builder r :
        List.of(Request.builder("a cat"), Request.builder("a cat").image(SOURCE))) {
      assertThatThrownBy(() -> ResolvedRequest.of(UpscaleCase.folder(), r.build(), Device.CPU))
          .isInstanceOfSatisfying(
              InvalidRequestException.class, e -> assertThat(e.hint()).isEqualTo(Hint.UPSCALE))
          .hasMessage("this is an upscaler, which only enlarges pictures");
    }
  }

  @Test
  void whatHasNoEffectInAnUpscalerIsRefused() {
    String others =
        "an upscaler starts from noise next to the picture, so that masks, margins, strength and"
            + " image guidance have no effect; the noise level says how much it makes up";
    refused(request().strength(0.5), others);
    refused(request().mask(SOURCE), others);
    refused(request().imageGuidance(2.0), others);
    refused(
        request()
            .adapters(
                AdapterSettings.ofControls(
                    List.of(
                        new ControlSettings(
                            new AdapterModel("edges", "56".repeat(32)),
                            HintPicture.of(InputFile.of("picture", SOURCE)))),
                    false)),
        "an upscaler works without ControlNets, picture prompts and motion adapters; leave them"
            + " out");
    refused(
        request().upscaling(new Upscaling(2, null, null)),
        "this upscaler enlarges 4 times, but the scale was 2.0; leave it out");
    refused(
        Tiny.folder(),
        request().upscaling(new Upscaling(null, null, null, 20)),
        "a noise level has an effect only in an upscaler (StableDiffusionUpscalePipeline); this"
            + " model generates the enlarged picture anew, which strength controls");
  }

  @Test
  void theNoiseLevelIsWithinWhatTheModelKnows() throws IOException {
    refused(
        request().upscaling(new Upscaling(null, null, null, 351)),
        "the noise level of this upscaler must be in [0, 350] but was 351; more noise lets it make"
            + " up more, less keeps it to the picture");
    assertThatThrownBy(() -> new Upscaling(null, null, null, -1))
        .hasMessage("the noise level of an upscaler must be at least 0 but was -1");
  }

  @Test
  void thePicturesSideIsAtLeastFourPixels() {
    byte[] png = PngWriter.encode(new Image(8, 3, new byte[3 * 8 * 3]), Map.of());
    refused(
        request().image(InputFile.of("line.png", png)),
        "the picture's height is 3 pixels but an upscaler reads multiples of 4; use a larger"
            + " picture");
    refused(
        request().size(72, 64),
        "this model generates multiples of 16 pixels but width was 72; use 64 or 80");
  }

  private static ModelFolder changed(Path to, String file, Consumer<ObjectNode> change)
      throws IOException {
    Path folder = Tiny.copy(UpscaleCase.resource("x4"), to);
    ObjectMapper json = new ObjectMapper();
    ObjectNode node = (ObjectNode) json.readTree(folder.resolve(file).toFile());
    change.accept(node);
    Files.writeString(folder.resolve(file), node.toString());
    return ModelFolder.open(folder);
  }

  @Test
  void theGreatestNoiseLevelIsTheModelsAndThatOfItsTable(@TempDir Path to) throws IOException {
    ModelFolder lower =
        changed(to.resolve("a"), "model_index.json", o -> o.put("max_noise_level", 60));
    ModelFolder higher =
        changed(to.resolve("b"), "model_index.json", o -> o.put("max_noise_level", 700));
    ModelFolder silent =
        changed(to.resolve("c"), "model_index.json", o -> o.remove("max_noise_level"));

    assertThat(lower.lowResScheduler().most()).isEqualTo(60);
    assertThat(higher.lowResScheduler().most()).isEqualTo(399);
    assertThat(silent.lowResScheduler().most()).isEqualTo(350);
    ModelFolder none =
        changed(to.resolve("d"), "model_index.json", o -> o.put("max_noise_level", -5));
    assertThatThrownBy(none::lowResScheduler)
        .isInstanceOf(ModelException.class)
        .hasMessage(none.name() + ": max_noise_level must be at least 0 but is -5");
    assertThat(lower.identity()).isNotEqualTo(UpscaleCase.folder().identity());
  }

  @Test
  void anotherScalingFactorIsReplacedAsInDiffusersAndReported(@TempDir Path to) throws IOException {
    ModelFolder folder = changed(to, "vae/config.json", o -> o.remove("scaling_factor"));

    assertThat(UpscaleCase.folder().notes()).isEmpty();
    assertThat(folder.autoencoder().scalingFactor()).isEqualTo(0.08333);
    assertThat(folder.notes())
        .singleElement()
        .asString()
        .endsWith(
            "vae/config.json has scaling_factor 0.18215, which an upscaler's is not; 0.08333 is"
                + " used, as in diffusers");
  }

  @Test
  void theAutoencoderDecodesInFloat32WhereItSaysSo(@TempDir Path to) throws IOException {
    ModelFolder not = changed(to, "vae/config.json", o -> o.put("force_upcast", false));

    assertThat(UpscaleCase.folder().upcastsVae()).isTrue();
    assertThat(not.upcastsVae()).isFalse();
    assertThat(Tiny.folder().upcastsVae()).isFalse();
  }

  @Test
  void foldersThatLackWhatAnUpscalerNeedsAreRefused(@TempDir Path to) throws IOException {
    Path folder = Tiny.copy(UpscaleCase.resource("x4"), to.resolve("a"));
    Files.delete(folder.resolve("low_res_scheduler/scheduler_config.json"));
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(ModelException.class)
        .hasMessage("model folder " + folder + " lacks low_res_scheduler/scheduler_config.json");

    ModelFolder other =
        changed(
            to.resolve("b"),
            "model_index.json",
            o -> o.put("_class_name", "StableDiffusionPipeline"));
    assertThatThrownBy(() -> ResolvedRequest.of(other, request().build(), Device.CPU))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "the U-Net of "
                + other.name()
                + " is an upscaler's, but its model_index.json does not name"
                + " StableDiffusionUpscalePipeline");

    ModelFolder nine = changed(to.resolve("c"), "unet/config.json", o -> o.put("in_channels", 9));
    assertThatThrownBy(() -> ResolvedRequest.of(nine, request().build(), Device.CPU))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("reads class labels (num_class_embeds)");

    ModelFolder unlabelled =
        changed(to.resolve("d"), "unet/config.json", o -> o.remove("num_class_embeds"));
    assertThatThrownBy(() -> ResolvedRequest.of(unlabelled, request().build(), Device.CPU))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("reads 7 channels");
  }

  @Test
  void anAutoencoderOfAnotherFactorIsRefused() {
    Path vae = FidelityCases.resource("sd1").resolve("vae");
    ComponentOverrides others = ComponentOverrides.NONE.withVae(vae);
    assertThatThrownBy(() -> ModelFolder.open("x4", UpscaleCase.resource("x4"), others))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "autoencoder "
                + vae
                + " makes 2 pixels of a latent element but that of the upscaler x4 4; use one that"
                + " was trained for it");
  }

  @Test
  void memoryOfALargeResultIsThatOfAWindow() {
    MemoryEstimate needs = MemoryEstimate.of(UpscaleCase.folder());

    assertThat(needs.side()).isEqualTo(32);
    long megapixel = needs.peak(DType.F32, 1024, 1024, true, false);
    assertThat(needs.peak(DType.F32, 4096, 4096, true, false)).isLessThan(megapixel);
    assertThat(megapixel).isGreaterThan(needs.peak(DType.F32, 64, 64, true, false));
  }

  @Test
  void aFolderIsConvertedWithItsTwoSchedulers(@TempDir Path to) throws IOException {
    ModelFolder x4 = UpscaleCase.folder();
    ModelConverter converter = new ModelConverter(null, List.of(), MatchPolicy.WHOLE);
    converter.toFolder(x4, to.resolve("copy"), line -> {});
    ModelFolder copy = ModelFolder.open(to.resolve("copy"));

    assertThat(copy.identity()).isEqualTo(x4.identity());
    assertThat(copy.indexJson().path("low_res_scheduler").path(1).asText())
        .isEqualTo("DDPMScheduler");
    assertThat(copy.autoencoder()).isInstanceOf(AutoencoderKLConfig.class);
  }

  @Test
  void aSingleFileIsTheSameUpscaler(@TempDir Path to) throws IOException {
    ModelFolder x4 = UpscaleCase.folder();
    Path file = to.resolve("x4.safetensors");
    new ModelConverter(null, List.of(), MatchPolicy.WHOLE).toFile(x4, file, line -> {});
    Tiny.copy(UpscaleCase.resource("x4/tokenizer"), to.resolve("tokenizer"));
    ModelFolder single = ModelFolder.open("x4", file);

    assertThat(single.upscales()).isTrue();
    assertThat(single.lowResScheduler().most()).isEqualTo(350);
    assertThat(single.notes().get(0)).contains("(upscaler)");
    Request request = request().sampler("tcd").steps(2).seed(5).guidance(2.0).build();
    try (TextToImage folder = Tiny.load(x4);
        TextToImage model = Tiny.load(single)) {
      assertThat(model.generate(request).get(0).image().rgb())
          .isEqualTo(folder.generate(request).get(0).image().rgb());
    }
  }

  /** A file of others tells no schedules: those that the published model was trained with. */
  @Test
  void theSchedulesOfTheFilesThatTellNoneAreThoseOfThePublishedModel(@TempDir Path to)
      throws IOException {
    ModelFolder x4 = UpscaleCase.folder();
    Path file = to.resolve("x4.safetensors");
    new ModelConverter(null, List.of(), MatchPolicy.WHOLE).toFile(x4, file, line -> {});
    Tiny.copy(UpscaleCase.resource("x4/tokenizer"), to.resolve("tokenizer"));
    try (Scope scope = Scope.inference();
        SafeTensors stored = SafeTensors.open(file)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      stored.names().forEach(name -> tensors.put(name, stored.get(name).copy()));
      String entry = "tcd4j.config";
      ObjectNode shapes = (ObjectNode) new ObjectMapper().readTree(stored.metadata().get(entry));
      shapes.remove(List.of("scheduler", "low_res_scheduler", "model_index"));
      Map<String, String> header = Map.of(entry, shapes.toString());
      SafeTensorsWriter.write(to.resolve("wild.safetensors"), tensors, header);
    }
    ModelFolder wild = ModelFolder.open(to.resolve("wild.safetensors"));

    JsonNode scheduler = wild.schedulerConfig();
    assertThat(scheduler.path("prediction_type").asText()).isEqualTo("v_prediction");
    assertThat(scheduler.path("beta_start").asDouble()).isEqualTo(0.0001);
    assertThat(scheduler.path("_class_name").asText()).isEqualTo("DDIMScheduler");
    assertThat(wild.lowResScheduler().schedule().alpha(350))
        .isEqualTo(x4.lowResScheduler().schedule().alpha(350));
    assertThat(wild.indexJson().path("_class_name").asText())
        .isEqualTo("StableDiffusionUpscalePipeline");
    assertThat(wild.autoencoder().scalingFactor()).isEqualTo(0.08333);
    assertThat(wild.upcastsVae()).isTrue();
    assertThat(resolved(request()).steps()).isEqualTo(75);
  }
}
