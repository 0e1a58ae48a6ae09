package io.github.tcd4j.training.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.objective.DiffusionLoss;
import io.github.tcd4j.diffusion.objective.DistillationNetworks;
import io.github.tcd4j.diffusion.objective.LossWeight;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.models.clip.ClipConfig;
import io.github.tcd4j.models.clip.ClipModel;
import io.github.tcd4j.models.controlnet.ControlNetConfig;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.pipeline.internal.ImageTensors;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.training.Task;
import io.github.tcd4j.training.TrainingException;
import io.github.tcd4j.training.dataset.ImageDataset;
import io.github.tcd4j.training.dataset.LatentSource;
import io.github.tcd4j.training.network.Teacher;
import io.github.tcd4j.training.task.Tasks;
import io.github.tcd4j.training.task.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How networks next to a model start, and what their recipes refuse. */
class AdapterTasksTest {
  private static final int[] ROWS = {3, 0, 5};

  @TempDir Path work;
  private Scope scope;
  private TinyModel tiny;

  @BeforeEach
  void prepare() throws IOException {
    scope = Scope.open();
    tiny = TinyModel.write(work);
  }

  @AfterEach
  void end() {
    scope.close();
  }

  private Task task(String name, String... overrides) throws IOException {
    String[] all = Arrays.copyOf(overrides, overrides.length + 1);
    all[overrides.length] = "settings.validation=" + tiny.data();
    return Tasks.create(tiny.recipe(name, all), tiny.places());
  }

  private static Tensor weight(Map<String, Tensor> all, String name) {
    return Objects.requireNonNull(all.get(name), name).detach();
  }

  @Test
  void aNewControlNetIsACopyOfTheEncoderAndAddsNothing() throws IOException {
    Task task = task("controlnet", "settings.caption_dropout=0");
    Teacher teacher = tiny.teacher();
    for (String name : List.of("conv_in.weight", "mid_block.resnets.0.conv1.weight")) {
      assertThat(weight(task.parameters(), name).sameAs(weight(teacher.weights(), name)))
          .as(name)
          .isTrue();
    }
    assertThat(task.parameters().keySet())
        .noneMatch(name -> name.startsWith("up_blocks") || name.startsWith("conv_out"));
    double own = task.losses(ROWS, new RandomSource(5), 0, 12).of(Losses.STUDENT).detach().item();

    LatentSource latents = tiny.components().latents(tiny.data().toString(), tiny.places());
    RandomSource random = new RandomSource(5);
    Tensor x0 = latents.latents(ROWS, random);
    double alone =
        new DiffusionLoss(LossWeight.parse("debiased"))
            .losses(
                x0,
                DistillationNetworks.alone(
                    teacher.network().with(latents.conditioning(ROWS, 0, random))),
                teacher.schedule(),
                random,
                0,
                12)
            .of(Losses.STUDENT)
            .detach()
            .item();
    assertThat(own).isEqualTo(alone);
  }

  @Test
  void aControlNetWithoutAttentionHasTheResnetsAloneAndIsReadAgain() throws IOException {
    Task task = task("controlnet", "settings.attention=false");
    Map<String, Tensor> unet = tiny.teacher().weights();
    assertThat(task.parameters().keySet())
        .noneMatch(name -> name.contains("attentions") || name.startsWith("mid_block.resnets.1"));
    String resnet = "down_blocks.1.resnets.0.conv1.weight";
    assertThat(weight(task.parameters(), resnet).sameAs(weight(unet, resnet))).isTrue();

    Autograd.backward(task.losses(ROWS, new RandomSource(5), 0, 12).of(Losses.STUDENT));
    Tensor last = Objects.requireNonNull(task.parameters().get("controlnet_mid_block.weight"));
    assertThat(Autograd.gradient(last).abs().max().item()).isPositive();

    task.export(work.resolve("out"));
    assertThat(ControlNetConfig.read(work.resolve("out/config.json")).middleAttention()).isFalse();
    Task again =
        task(
            "controlnet",
            "settings.attention=false",
            "settings.start=" + work.resolve("out").toString());
    assertThat(again.parameters().keySet()).isEqualTo(task.parameters().keySet());
  }

  @Test
  void aNewIpAdapterStartsWithTheProjectionsOfTheTextInTheOrderOfDiffusersProcessors()
      throws IOException {
    Task task = task("ip-adapter");
    Map<String, Tensor> unet = tiny.teacher().weights();
    // Down blocks, up blocks, middle block; numbers of cross-attentions are odd.
    List<String> layers =
        List.of(
            "down_blocks.1.attentions.0",
            "up_blocks.0.attentions.0",
            "up_blocks.0.attentions.1",
            "mid_block.attentions.0");
    for (int i = 0; i < layers.size(); i++) {
      for (String kind : List.of("to_k", "to_v")) {
        String own = "ip_adapter." + (2 * i + 1) + "." + kind + "_ip.weight";
        String text = layers.get(i) + ".transformer_blocks.0.attn2." + kind + ".weight";
        assertThat(weight(task.parameters(), own).sameAs(weight(unet, text))).as(own).isTrue();
      }
    }
  }

  /** On CLIP's pixels it gives what the pair gives on its own. */
  @Test
  void theWrittenEncoderOfAPairGivesThePairsFeaturesOnClipsPixels() throws IOException {
    Task task = task("ip-adapter");
    task.export(work.resolve("out"));
    Path written = work.resolve("out/image_encoder");
    assertThat(written.resolve("preprocessor_config.json")).content().contains("0.48145466");
    List<Image> pictures =
        new ImageDataset(tiny.places().dataset(tiny.data().toString()), Device.CPU).originals(ROWS);
    Tensor own = PictureEncoder.open(written, Device.CPU).features(pictures).embedding();

    try (SafeTensors file = SafeTensors.open(work.resolve("text-image/final/model.safetensors"))) {
      Checkpoint weights = new Checkpoint("pair", file.names(), file::get, false);
      ClipModel pair =
          ClipModel.of(
              Weights.of(weights), ClipConfig.read(work.resolve("text-image/final/config.json")));
      Tensor pixels =
          Tensor.cat(0, pictures.stream().map(ImageTensors::unit).toArray(Tensor[]::new));
      Tensor expected = pair.imageFeatures(pixels.times(2).minus(1));
      assertThat(own.minus(expected).abs().max().item())
          .isLessThan(2e-3 * expected.abs().max().item());
    }
  }

  @Test
  void anExportIsReadAgainWithTheSameWeights() throws IOException {
    Task task = task("controlnet");
    task.export(work.resolve("control"));
    Task again = task("controlnet", "settings.start=" + work.resolve("control"));
    assertThat(again.parameters().keySet()).isEqualTo(task.parameters().keySet());
    String name = "controlnet_cond_embedding.conv_in.weight";
    Tensor stored = weight(task.parameters(), name).to(DType.F16).to(DType.F32);
    assertThat(weight(again.parameters(), name).sameAs(stored)).isTrue();
    assertThat(Files.readString(work.resolve("control/README.md")))
        .contains("--control FOLDER=canny:FILE");
  }

  @Test
  void hintsAreEdgesOrThePictureWithoutDetails() {
    byte[] rgb = new byte[3 * 8 * 8];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / 3 % 8 < 4 ? 0 : 255);
    }
    Image picture = new Image(8, 8, rgb);
    assertThat(HintPreprocessor.parse("canny:50,100").apply(picture).rgb())
        .isEqualTo(new Canny(50, 100).apply(picture).rgb());
    Image coarse = HintPreprocessor.parse("tile:4").apply(picture);
    assertThat(coarse.width()).isEqualTo(8);
    assertThat(coarse.rgb()).isNotEqualTo(picture.rgb());
  }

  @Test
  void recipesThatCannotBeFollowedAreRefusedInOneSentence() {
    refused("controlnet", "settings.hint must be canny", "settings.hint=depth");
    refused(
        "controlnet",
        "settings.embedding must halve the hint to a 4th",
        "settings.embedding=[4, 6]");
    refused(
        "controlnet", "settings.caption_dropout must be in [0, 1)", "settings.caption_dropout=1");
    refused("ip-adapter", "settings.kind must be plain, plus or full", "settings.kind=faceid");
    refused("ip-adapter", "settings.resampler belongs to kind plus", "settings.kind=plus");
    refused(
        "ip-adapter",
        "must be a folder with config.json and model.safetensors",
        "settings.image_encoder=" + work);
    refused(
        "tiny-autoencoder",
        "4 pixels to a latent element, but has scaling_factor 1.0, 4 and 2",
        "settings.model.encoder_block_out_channels=[6, 6]",
        "settings.model.decoder_block_out_channels=[6, 6]",
        "settings.model.num_encoder_blocks=[1, 1]",
        "settings.model.num_decoder_blocks=[1, 1]");
    refused(
        "tiny-autoencoder",
        "pictures or decoder above 0",
        "settings.pictures=0",
        "settings.decoder=0");
  }

  /** The tasks on top of a model, and those that make a LoRA of it. */
  @Test
  void anUpscalerIsRefusedByEveryTaskThatNeedsAModel() {
    String x4 = "settings.base=../pipeline/src/test/resources/upscale/x4";
    for (String name : List.of("controlnet", "ip-adapter", "tiny-autoencoder", "tcd", "lcm")) {
      assertThatThrownBy(() -> Tasks.create(tiny.recipe(name, x4), tiny.places()))
          .isInstanceOf(TrainingException.class)
          .hasMessageEndingWith(
              "upscale/x4 is an upscaler, whose U-Net reads a small picture and its noise level next"
                  + " to the latents, so that nothing can be trained on it; use the text-to-image"
                  + " model of its family");
    }
  }

  private void refused(String name, String message, String... overrides) {
    assertThatThrownBy(() -> task(name, overrides)).hasMessageContaining(message);
  }
}
