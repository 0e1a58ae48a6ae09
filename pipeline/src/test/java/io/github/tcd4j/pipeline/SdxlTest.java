package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Note;
import io.github.tcd4j.models.layers.Precision;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What SDXL and its kin have and Stable Diffusion has not; the numbers are FidelityTest's. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SdxlTest {
  @TempDir Path temporary;

  private FidelityCases cases;

  @BeforeAll
  void open(@TempDir Path folder) {
    cases = new FidelityCases(folder);
  }

  @AfterAll
  void close() {
    cases.close();
  }

  private static ModelFolder folder(String model) {
    return ModelFolder.open(model, FidelityCases.resource(model));
  }

  private static GenerationSettings defaults(String model) {
    return ResolvedRequest.of(folder(model), Request.builder("a").build(), Device.CPU).settings();
  }

  private Picture generate(Request.Builder request) {
    return cases.model("sdxl").generate(request.build(), Progress.SILENT).get(0);
  }

  @Test
  void eachFamilyHasItsDefaults() {
    assertThat(defaults("sdxl").sampler()).isEqualTo("euler");
    assertThat(defaults("sdxl").guidance()).isEqualTo(5);
    assertThat(defaults("sd1").sampler()).isEqualTo("ddim");
    assertThat(defaults("sd1").guidance()).isEqualTo(7.5);
    assertThat(defaults("lcm").sampler()).isEqualTo("lcm");
    assertThat(defaults("lcm").steps()).isEqualTo(4);
    assertThat(defaults("lcm").guidance()).isEqualTo(8.5);
  }

  /** As {@code StableDiffusionXLPipeline.upcast_vae}: at once, not after an overflow. */
  @Test
  void anAutoencoderThatSaysForceUpcastDecodesInFloat32WhereTheModelIsInF16() throws IOException {
    Path copy = Tiny.copy(FidelityCases.resource("sdxl"), temporary.resolve("upcast"));
    Path weights = copy.resolve("vae/diffusion_pytorch_model.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (Scope scope = Scope.inference()) {
      try (SafeTensors old = SafeTensors.open(weights)) {
        // Digits that float16 has not.
        old.names().forEach(n -> tensors.put(n, old.get(n).to(DType.F32).times(1.0003)));
      }
      SafeTensorsWriter.write(weights, tensors, Map.of());
    }
    Path config = copy.resolve("vae/config.json");
    String json = Files.readString(config);
    assertThat(decodedAlike(copy, DType.F16)).isTrue();
    assertThat(decodedAlike(copy, DType.BF16)).isFalse();
    Files.writeString(config, json.replace("\"force_upcast\": true", "\"force_upcast\": false"));
    assertThat(decodedAlike(copy, DType.F16)).isFalse();
  }

  /** Whether a model with weights of that type decodes to the bits of float32. */
  private static boolean decodedAlike(Path root, DType storage) {
    try (LoadedModel networks = new LoadedModel(ModelFolder.open("x", root), Device.CPU, true);
        RandomSource random = new RandomSource(3);
        Scope scope = Scope.inference()) {
      Tensor z = random.normal(1, 4, 8, 8);
      Tensor full = networks.vae().decode(z);
      networks.use(new Precision(storage, DType.F32), null, Progress.SILENT);
      return networks.vae().decode(z).sameAs(full);
    }
  }

  @Test
  void aModelWhoseSchedulerIsOfTcdIsSampledWithTcd() throws IOException {
    Path copy = Tiny.copy(FidelityCases.resource("sd1"), temporary.resolve("tcd"));
    Path scheduler = copy.resolve("scheduler/scheduler_config.json");
    Files.writeString(
        scheduler, Files.readString(scheduler).replace("PNDMScheduler", "TCDScheduler"));
    Request request = Request.builder("a").build();
    GenerationSettings s =
        ResolvedRequest.of(ModelFolder.open("x", copy), request, Device.CPU).settings();

    assertThat(s.sampler()).isEqualTo("tcd");
    assertThat(s.guidance()).isEqualTo(1);
  }

  @Test
  void partsOfBothTextEncodersAreNamedWhereTheyAreMissing() throws IOException {
    Path copy = Tiny.copy(FidelityCases.resource("sdxl"), temporary.resolve("torn"));
    Files.delete(copy.resolve("text_encoder_2/model.safetensors"));
    Files.delete(copy.resolve("tokenizer_2/merges.txt"));

    assertThatThrownBy(() -> ModelFolder.open("x", copy))
        .isInstanceOf(ModelException.class)
        .hasMessageEndingWith("lacks text_encoder_2/model.safetensors, tokenizer_2/merges.txt");
  }

  @Test
  void anInpaintingModelIsRefusedInOneSentenceBeforeItIsRead() {
    assertThatThrownBy(() -> defaults("inpaint"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage(
            "this is an inpainting model, which cannot generate from a prompt alone; give a picture"
                + " and a mask");
  }

  @Test
  void partsOfTwoModelsAreNotMixed() throws IOException {
    Path copy = Tiny.copy(FidelityCases.resource("sd2-v"), temporary.resolve("mixed"));
    for (String file : List.of("config.json", "model.safetensors")) {
      Path from = FidelityCases.resource("sd1").resolve("text_encoder").resolve(file);
      Path to = copy.resolve("text_encoder").resolve(file.replace("model.s", "model.fp16.s"));
      Files.delete(to);
      Files.copy(from, to);
    }
    ModelFolder mixed = ModelFolder.open("x", copy);

    assertThatThrownBy(() -> TextToImage.load(mixed, Device.CPU))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("cross_attention_dim is 24 but the text encoders give 16");
  }

  @Test
  void noNegativePromptIsNotAnEmptyOne() {
    Request.Builder request = Request.builder("red").steps(2).guidance(4.0);
    Picture absent = generate(request);
    Picture empty = generate(request.negative(""));

    assertThat(absent.settings().prompt().negative()).isNull();
    assertThat(empty.latents().values()).isNotEqualTo(absent.latents().values());
  }

  @Test
  void sizesAndAnAbsentNegativePromptSurviveAReplay() throws IOException {
    SizeConditioning framing =
        SizeConditioning.OWN.withOriginal(200, 300).withCrop(7, -2).withTarget(64, 32);
    Path file = temporary.resolve("framed.png");
    generate(Request.builder("red").steps(2).sizeConditioning(framing)).write(file);
    Replay replay = Replay.of(file);
    Path again = temporary.resolve("again.png");
    replay.generate(cases.model("sdxl"), replay.request(), Progress.SILENT).write(again);

    assertThat(replay.settings().size().conditioning()).isEqualTo(framing);
    assertThat(replay.settings().prompt().negative()).isNull();
    assertThat(Files.readAllBytes(again)).isEqualTo(Files.readAllBytes(file));
  }

  @Test
  void sizesWithoutEffectAreReported() {
    Request framed =
        Request.builder("a").sizeConditioning(SizeConditioning.OWN.withCrop(1, 2)).build();

    assertThat(ResolvedRequest.of(folder("sd1"), framed, Device.CPU).notes())
        .contains(
            Note.of("original size, crop and target size have no effect: only SDXL uses them"));
    assertThat(ResolvedRequest.of(folder("sdxl"), framed, Device.CPU).notes()).isEmpty();
  }

  @Test
  void timeIdsHaveHeightBeforeWidthAndTopBeforeLeft() {
    SizeConditioning framing = SizeConditioning.OWN.withOriginal(1, 2).withCrop(3, 4);

    assertThat(framing.timeIds(10, 20)).containsExactly(2, 1, 4, 3, 20, 10);
    assertThatThrownBy(() -> framing.withTarget(5, 0))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("target size must be two positive numbers but was 5x0");
  }

  @Test
  void aLoraCanChangeTheSecondTextEncoder() {
    Path file = temporary.resolve("te2.safetensors");
    String layer = "lora_te2_text_model_encoder_layers_0_mlp_fc1.";
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> tensors =
          Map.of(
              layer + "lora_down.weight", Tensor.full(0.3, DType.F32, 1, 24),
              layer + "lora_up.weight", Tensor.full(0.3, DType.F32, 48, 1),
              layer + "alpha", Tensor.scalar(1));
      SafeTensorsWriter.write(file, tensors, Map.of());
    }
    Request.Builder request = Request.builder("red").steps(1);
    float[] plain = generate(request).latents().values();
    List<String> notes = new ArrayList<>();
    Progress progress =
        new Progress() {
          @Override
          public void note(String message) {
            notes.add(message);
          }
        };
    Request changed = request.loras(List.of(new LoraSpec(file.toString(), 1))).build();
    Picture picture = cases.model("sdxl").generate(changed, progress).get(0);

    assertThat(picture.latents().values()).isNotEqualTo(plain);
    assertThat(notes).anySatisfy(n -> assertThat(n).contains("te2.safetensors"));
    assertThat(generate(request.loras(null)).latents().values()).isEqualTo(plain);
  }
}
