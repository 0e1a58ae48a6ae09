package io.github.tcd4j.models.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.clip.Activation;
import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.clip.ClipTextModel;
import io.github.tcd4j.models.clip.ClipTextModelWithProjection;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The keys of the real files: each is asked for by a network, or known to be of no use. */
class InventoryTest {
  /** Notes what a network asks for, and how many elements that has. */
  private static final class Asking implements Weights.Source {
    final TensorFile part;
    final Set<String> left;
    long elements;

    Asking(TensorFile part) {
      this.part = part;
      left = new TreeSet<>(part.names());
    }

    @Override
    public Tensor parameter(String name, Init init, long... shape) {
      assertThat(left.remove(name)).as(name).isTrue();
      elements += Arrays.stream(part.shape(name)).reduce(1, (a, b) -> a * b);
      return part.get(name);
    }

    @Override
    public boolean has(String name) {
      return part.names().contains(name);
    }
  }

  private static long elements(SingleFile file, Component component, Consumer<Weights> network) {
    Asking asking = new Asking(file.part(component));
    try (Scope scope = Scope.inference()) {
      network.accept(Weights.of(asking));
    }
    assertThat(asking.left).isEmpty();
    return asking.elements;
  }

  private static SingleFile open(String name) {
    return SingleFile.of(name, () -> Inventory.read(name));
  }

  @ParameterizedTest
  @CsvSource({
    "sd15, SD1, 859520964, 123060480, 0",
    "sd21, SD2, 865910724, 340387840, 0",
    "sdxl, SDXL, 2567463684, 123060480, 694659840"
  })
  void everyParameterIsReadAndNothingIsLeftOver(
      String name, Family family, long unet, long first, long second) {
    SingleFile file = open(name);
    assertThat(file.family()).isEqualTo(family);
    assertThat(file.strays()).isEmpty();
    assertThat(elements(file, Component.UNET, w -> UNet2DConditionModel.of(w, file.unet())))
        .isEqualTo(unet);
    assertThat(elements(file, Component.VAE, w -> AutoencoderKL.of(w, file.vae())))
        .isEqualTo(83_653_863);
    Component one = Component.TEXT_ENCODER;
    assertThat(elements(file, one, w -> ClipTextModel.of(w, file.text(one)))).isEqualTo(first);
    Component two = Component.TEXT_ENCODER_2;
    assertThat(file.has(two)).isEqualTo(second > 0);
    if (second > 0) {
      assertThat(elements(file, two, w -> ClipTextModelWithProjection.of(w, file.text(two))))
          .isEqualTo(second);
    }
  }

  @Test
  void theDerivedConfigurationsAreThePublishedOnes() {
    SingleFile sd1 = open("sd15");
    SingleFile sd2 = open("sd21");
    SingleFile xl = open("sdxl");
    assertThat(sd1.unet().heads()).containsOnly(8);
    assertThat(sd1.unet().useLinearProjection()).isFalse();
    assertThat(sd1.unet().downCrossAttention()).containsExactly(true, true, true, false);
    assertThat(sd1.vae().scalingFactor()).isEqualTo(0.18215);
    assertThat(sd2.unet().heads()).containsExactly(5, 10, 20, 20);
    assertThat(sd2.text(Component.TEXT_ENCODER).numHiddenLayers()).isEqualTo(23);
    assertThat(sd2.text(Component.TEXT_ENCODER).numAttentionHeads()).isEqualTo(16);
    assertThat(xl.unet().transformerLayersPerBlock()).containsExactly(1, 2, 10);
    assertThat(xl.unet().additionTimeEmbedDim()).isEqualTo(256);
    assertThat(xl.unet().crossAttentionDim()).containsOnly(2048);
    assertThat(xl.vae().scalingFactor()).isEqualTo(0.13025);
    assertThat(xl.text(Component.TEXT_ENCODER_2).projectionDim()).isEqualTo(1280);
  }

  @Test
  void theUpscalerIsKnownByItsTableOfNoiseLevels() {
    SingleFile file = open("x4");
    assertThat(file.upscales()).isTrue();
    assertThat(file.family()).isEqualTo(Family.SD2);
    assertThat(file.strays()).isEmpty();
    UNet2DConditionConfig unet = file.unet();
    assertThat(elements(file, Component.UNET, w -> UNet2DConditionModel.of(w, unet)))
        .isEqualTo(473_398_020);
    assertThat(elements(file, Component.VAE, w -> AutoencoderKL.of(w, file.vae())))
        .isEqualTo(55_325_927);
    assertThat(unet.inChannels()).isEqualTo(7);
    assertThat(unet.numClassEmbeds()).isEqualTo(1000);
    assertThat(unet.heads()).containsOnly(8);
    // The first block has no attention, so that nothing tells and nothing depends on it.
    assertThat(unet.onlyCrossAttention()).containsExactly(false, true, true, false);
    assertThat(unet.downCrossAttention()).containsExactly(false, true, true, true);
    assertThat(unet.sampleSize()).isEqualTo(128);
    assertThat(file.vae().scalingFactor()).isEqualTo(0.08333);
    assertThat(file.vae().sampleSize()).isEqualTo(256);
    assertThat(file.vae().downscale()).isEqualTo(4);
    assertThat(file.prediction()).isEqualTo("v_prediction");
    assertThat(file.sentence()).contains("Stable Diffusion 2 (upscaler)", "predicting v");
    assertThat(open("sd21").upscales()).isFalse();
  }

  @Test
  void onlyTheSecondFamilyPredictsVelocityWhereTheFileDoesNotTell() {
    SingleFile sd1 = open("sd15");
    SingleFile sd2 = open("sd21");
    assertThat(sd1.prediction()).isEqualTo("epsilon");
    assertThat(sd2.prediction()).isEqualTo("v_prediction");
    assertThat(sd2.sentence())
        .isEqualTo(
            "sd21 was detected as Stable Diffusion 2 with unet, text_encoder, vae, predicting v,"
                + " which the file does not state; the spread of a bias of its last block suggests"
                + " it");
  }

  @Test
  void theFilesOwnWordOnPredictionCounts() {
    Inventory base = Inventory.read("sd21").with("modelspec.prediction_type", "epsilon");
    SingleFile file = SingleFile.of("base", () -> base);
    assertThat(file.prediction()).isEqualTo("epsilon");
    assertThat(file.unet().sampleSize()).isEqualTo(64);
    assertThat(file.sentence()).contains("predicting noise as it says");
    SingleFile noob = SingleFile.of("v", () -> Inventory.read("sdxl").plus("v_pred", 0));
    assertThat(noob.prediction()).isEqualTo("v_prediction");
    assertThat(noob.strays()).isEmpty();
  }

  @Test
  void theInpaintingModelOfTheSecondFamilyPredictsNoise() {
    Inventory more =
        Inventory.read("sd21").plus("model.diffusion_model.input_blocks.0.0.weight", 320, 9, 3, 3);
    SingleFile file = SingleFile.of("inpaint", () -> more);
    assertThat(file.prediction()).isEqualTo("epsilon");
    assertThat(file.unet().sampleSize()).isEqualTo(64);
    assertThat(file.sentence())
        .isEqualTo(
            "inpaint was detected as Stable Diffusion 2 (inpainting) with unet, text_encoder, vae,"
                + " predicting noise");
  }

  @Test
  void theBaseOfTheSecondFamilyIsKnownByItsStepsOfTraining() {
    SingleFile base =
        SingleFile.of("b", () -> Inventory.read("sd21").with("global_step", "875000"));
    SingleFile other =
        SingleFile.of("o", () -> Inventory.read("sd21").with("global_step", "110000"));
    assertThat(base.prediction()).isEqualTo("epsilon");
    assertThat(base.unet().sampleSize()).isEqualTo(64);
    assertThat(base.sentence()).contains("predicting noise as it says");
    assertThat(other.prediction()).isEqualTo("v_prediction");
  }

  @Test
  void whatIsOfNoNetworkIsNamed() {
    Inventory more = Inventory.read("sd15").plus("model.diffusion_model.other.weight", 3);
    SingleFile file = SingleFile.of("odd", () -> more);
    assertThat(file.strays()).containsExactly("model.diffusion_model.other.weight");
    assertThat(file.sentence()).contains("1 keys are of none of these: model.diffusion");
  }

  @Test
  void aFileThatIsNoCheckpointIsSaidToBeSo() {
    assertThatThrownBy(() -> SingleFile.of("x", () -> new Inventory(Map.of(), Map.of(), 0)))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("x is no Stable Diffusion checkpoint: it lacks");
  }

  /**
   * The family is that of the U-Net, whoever named the text encoder: SD-Turbo (SD2 under sgm's
   * names), SD1 saved with sgm's names. Refused by name: refiner, unCLIP.
   */
  @Test
  void theFamilyIsThatOfTheUNetUnderSgmsNamesToo() {
    Inventory sd2 = Inventory.read("sd21");
    Inventory renamed = sd2.renamed("cond_stage_model.model.", "conditioner.embedders.0.model.");
    SingleFile turbo = SingleFile.of("turbo", () -> renamed);
    assertThat(turbo.family()).isEqualTo(Family.SD2);
    assertThat(turbo.prediction()).isEqualTo("epsilon");
    assertThat(turbo.unet().sampleSize()).isEqualTo(64);
    assertThat(turbo.strays()).isEmpty();
    assertThat(turbo.text(Component.TEXT_ENCODER).numHiddenLayers()).isEqualTo(23);

    String clip = "cond_stage_model.transformer.";
    String sgm = "conditioner.embedders.0.transformer.";
    SingleFile first = SingleFile.of("1", () -> Inventory.read("sd15").renamed(clip, sgm));
    assertThat(first.family()).isEqualTo(Family.SD1);
    assertThat(first.has(Component.TEXT_ENCODER)).isTrue();
    assertThat(first.strays()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "sdxl, model.diffusion_model.middle_block.1.transformer_blocks.0.attn2.to_k.weight, 1280,"
        + " an SDXL refiner",
    "sdxl, conditioner.embedders.0.model.ln_final.weight, 1280, an SDXL refiner",
    "sd21, model.diffusion_model.label_emb.0.0.weight, 2048, a model of unCLIP"
  })
  void modelsThatNeedAPictureAreRefusedByName(String of, String key, long channels, String what) {
    Inventory file = Inventory.read(of).plus(key, 1280, channels);
    assertThatThrownBy(() -> SingleFile.of("x", () -> file))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("x is " + what);
  }

  @ParameterizedTest
  @CsvSource({
    "model_ema.diffusion_modelinput_blocks00weight, only as a moving average",
    "model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight, Stable Diffusion 3",
    "model.diffusion_model.double_blocks.0.img_attn.qkv.weight, Flux"
  })
  void aFileOfAnotherKindIsNamed(String key, String what) {
    Inventory file = new Inventory(Map.of(), Map.of(), 0).plus(key, 320, 4, 3, 3);
    assertThatThrownBy(() -> SingleFile.of("x", () -> file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(what);
  }

  /** As ComfyUI tells SD2's base from the network of 768 pixels. */
  @Test
  void aSecondFamilysBaseIsKnownByTheSpreadOfABiasWhereNothingIsStated() {
    SingleFile base = SingleFile.of("b", () -> Inventory.read("sd21").spread(0.08f));
    assertThat(base.prediction()).isEqualTo("epsilon");
    assertThat(base.unet().sampleSize()).isEqualTo(64);
    assertThat(base.sentence()).contains("predicting noise, which the file does not state");
    assertThat(base.predicting("v_prediction").prediction()).isEqualTo("v_prediction");

    SingleFile wide = SingleFile.of("w", () -> Inventory.read("sd21").spread(0.1f));
    assertThat(wide.prediction()).isEqualTo("v_prediction");
    assertThat(wide.unet().sampleSize()).isEqualTo(96);

    Inventory stated = Inventory.read("sd21").spread(0.08f).with("modelspec.prediction_type", "v");
    assertThat(SingleFile.of("s", () -> stated).prediction()).isEqualTo("v_prediction");
  }

  /** An encoder is OpenCLIP's in that family, whoever named its layers. */
  @Test
  void aTextEncoderOfTheSecondFamilyInTransformersNamesIsAnOpenClip() {
    Inventory sd2 = Inventory.read("sd21");
    Map<String, Inventory.Row> rows = new TreeMap<>(sd2.rows());
    rows.keySet().removeIf(name -> name.startsWith("cond_stage_model."));
    String text = "cond_stage_model.transformer.text_model.";
    String layers = text + "encoder.layers.";
    rows.put(text + "embeddings.token_embedding.weight", row(49408, 1024));
    rows.put(text + "embeddings.position_embedding.weight", row(77, 1024));
    rows.put(text + "final_layer_norm.weight", row(1024));
    for (int i = 0; i < 24; i++) {
      rows.put(layers + i + ".mlp.fc1.weight", row(4096, 1024));
    }
    ClipTextConfig config =
        SingleFile.of("h", () -> new Inventory(rows, Map.of(), 0.1f)).text(Component.TEXT_ENCODER);

    assertThat(config.hiddenAct()).isEqualTo(Activation.GELU);
    assertThat(config.numHiddenLayers()).isEqualTo(23);
    assertThat(config.numAttentionHeads()).isEqualTo(16);
  }

  private static Inventory.Row row(long... dims) {
    return new Inventory.Row(DType.F32, dims);
  }
}
