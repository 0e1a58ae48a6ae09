package io.github.tcd4j.models.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.FormulaWeights;
import io.github.tcd4j.models.Golden;
import io.github.tcd4j.models.clip.Activation;
import io.github.tcd4j.models.clip.ClipModel;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.layers.WeightsException;
import io.github.tcd4j.models.reward.HumanPreferenceScore;
import io.github.tcd4j.models.reward.PickScore;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tiny models of transformers and of OpenCLIP, each with weights by its own names; outputs by
 * {@code oracle/make_network_fixtures.py}.
 */
class ClipFileTest {
  private static final JsonNode DESCRIPTION = Golden.json("clip");

  @TempDir Path folder;

  private final Golden golden = new Golden("clip");
  private final Scope scope = Scope.inference();

  @AfterEach
  void close() {
    scope.close();
    golden.close();
  }

  private static Map<String, Tensor> tensors(String layout, String prefix) {
    Map<String, Tensor> tensors = new TreeMap<>();
    for (var e : DESCRIPTION.get("shapes").get(layout).properties()) {
      long[] shape = new long[e.getValue().size()];
      for (int i = 0; i < shape.length; i++) {
        shape[i] = e.getValue().get(i).asLong();
      }
      tensors.put(prefix + e.getKey(), FormulaWeights.value(e.getKey(), shape));
    }
    return tensors;
  }

  private static void write(Path file, Map<String, Tensor> tensors) {
    SafeTensorsWriter.write(file, tensors, Map.of());
  }

  private void transformers() throws IOException {
    write(folder.resolve("model.safetensors"), tensors("transformers", ""));
    Files.writeString(folder.resolve("config.json"), DESCRIPTION.get("config").toString());
  }

  private void openClip(boolean quick, String prefix) throws IOException {
    write(folder.resolve("open_clip_model.safetensors"), tensors("open_clip", prefix));
    ObjectNode settings = DESCRIPTION.get("open_clip_config").deepCopy();
    settings.put("quick_gelu", quick);
    ObjectNode all = new ObjectMapper().createObjectNode();
    all.set("model_cfg", settings);
    Files.writeString(folder.resolve("open_clip_config.json"), all.toString());
  }

  private void check(String name, ClipModel model) {
    Tensor pixels = FormulaWeights.noise("clip.img", 2, 3, 28, 28);
    golden.check(name + ".image", model.imageFeatures(pixels));
    golden.check(name + ".text", model.textFeatures(golden.get("ids")));
  }

  @Test
  void aFolderOfTransformersAndItsFileAloneGiveItsFeatures() throws IOException {
    transformers();
    check("transformers", ClipFile.open(folder, Device.CPU));
    check("transformers", ClipFile.open(folder.resolve("model.safetensors"), Device.CPU));
  }

  @Test
  void aFolderOfOpenClipGivesItsFeatures() throws IOException {
    openClip(false, "");
    check("open", ClipFile.open(folder, Device.CPU));
  }

  /** As training on several GPUs saves it. */
  @Test
  void quickGeluIsObeyedAndAPrefixOfAllNamesIsNone() throws IOException {
    openClip(true, "module.");
    check("quick", ClipFile.open(folder, Device.CPU));
  }

  @Test
  void onlyOpenAisOwnFilesAreOfQuickGelu() {
    Path file = folder.resolve("ViT-B-32.safetensors");
    Map<String, Tensor> tensors = tensors("open_clip", "");
    // Widths of 64 and more, so that there is a head: what OpenAI's files say is only their size.
    write(file, tensors);
    assertThatThrownBy(() -> ClipFile.open(file, Device.CPU))
        .isInstanceOf(Exception.class)
        .hasMessageContaining("num_attention_heads must be at least 1 but was 0");
    tensors = wide();
    write(file, tensors);
    assertThat(ClipFile.open(file, Device.CPU).config().text().hiddenAct())
        .isEqualTo(Activation.GELU);
    tensors.put("input_resolution", Tensor.of(new long[] {28}));
    tensors.put("vocab_size", Tensor.of(new long[] {512}));
    Path openAi = folder.resolve("openai.safetensors");
    write(openAi, tensors);
    ClipModel model = ClipFile.open(openAi, Device.CPU);
    assertThat(model.config().text().hiddenAct()).isEqualTo(Activation.QUICK_GELU);
    assertThat(model.config().vision().hiddenAct()).isEqualTo(Activation.QUICK_GELU);
    assertThat(model.config().vision().numAttentionHeads()).isEqualTo(1);
    assertThat(model.config().vision().imageSize()).isEqualTo(28);
  }

  private static final Map<Long, Long> WIDER =
      Map.of(32L, 64L, 48L, 64L, 96L, 192L, 144L, 192L, 128L, 256L, 192L, 256L);

  /** The same network, with 64 channels for 32 and 48. */
  private static Map<String, Tensor> wide() {
    Map<String, Tensor> wide = new TreeMap<>();
    tensors("open_clip", "")
        .forEach(
            (name, t) -> {
              long[] shape = t.shape();
              for (int i = 0; i < shape.length; i++) {
                shape[i] = WIDER.getOrDefault(shape[i], shape[i]);
              }
              wide.put(name, FormulaWeights.value(name, shape));
            });
    return wide;
  }

  @Test
  void pickScoreIsTheScaledCosineAndHpsTheCosine() throws IOException {
    transformers();
    PickScore pick = PickScore.open(folder, Device.CPU);
    HumanPreferenceScore hps = HumanPreferenceScore.open(folder, Device.CPU);
    Tensor texts = golden.get("transformers.text");
    Tensor pictures = golden.get("transformers.image");
    Tensor t = Functional.normalize(texts, 1);
    Tensor p = Functional.normalize(pictures, 1);
    for (int i = 0; i < 2; i++) {
      double cosine = t.select(0, i).times(p.select(0, i)).sum().item();
      assertThat(hps.scores(texts, pictures).item(i)).isCloseTo(cosine, Offset.offset(1e-6));
      double scale = Math.exp(pick.clip().logitScale().item());
      assertThat(pick.scores(texts, pictures).item(i))
          .isCloseTo(scale * cosine, Offset.offset(1e-5));
    }
  }

  @Test
  void aSurplusLayerAMissingOneAndAnotherNetworkAreRefusedByName() throws IOException {
    openClip(false, "");
    Path file = folder.resolve("open_clip_model.safetensors");
    Map<String, Tensor> tensors = tensors("open_clip", "");
    tensors.put("visual.attn_pool.query", Tensor.of(new float[] {1}));
    write(file, tensors);
    assertThatThrownBy(() -> ClipFile.open(folder, Device.CPU))
        .isInstanceOf(WeightsException.class)
        .hasMessage(
            file
                + " is not a CLIP model of text and pictures: the file has 1 tensors that this"
                + " network has not, such as visual.attn_pool.query");
    tensors.remove("visual.attn_pool.query");
    tensors.remove("visual.ln_post.bias");
    write(file, tensors);
    assertThatThrownBy(() -> ClipFile.open(folder, Device.CPU))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining("the file lacks vision_model.post_layernorm.bias");
    Path other = folder.resolve("other.safetensors");
    write(other, Map.of("conv.weight", Tensor.of(new float[] {1})));
    assertThatThrownBy(() -> ClipFile.open(other, Device.CPU))
        .isInstanceOf(ConfigException.class)
        .hasMessage(other + " has no config.json in its folder, which says what its CLIP model is");
  }

  @Test
  void aFolderWithoutAModelSaysWhatIsExpected() {
    assertThatThrownBy(() -> ClipFile.open(folder, Device.CPU))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            folder
                + " holds no CLIP model; expected config.json with one of model.safetensors,"
                + " model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json,"
                + " or one of open_clip_model.safetensors, open_clip_pytorch_model.bin");
  }
}
