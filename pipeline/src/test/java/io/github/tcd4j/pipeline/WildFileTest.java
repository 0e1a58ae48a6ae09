package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;
import io.github.tcd4j.pipeline.checkpoint.DistilledGuidance;
import io.github.tcd4j.pipeline.checkpoint.MemoryEstimate;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.convert.ModelConverter;
import io.github.tcd4j.pipeline.convert.ModelConverterTest;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.tensor.Device;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Single files as others write them: no word of ours in the header, parts left out. */
class WildFileTest {
  private static final ModelConverter PLAIN = new ModelConverter(null, List.of(), false);
  private static final Request REQUEST =
      Request.builder("a red apple!").negative("blue").size(16, 16).steps(2).seed(1).build();

  @TempDir Path temporary;

  private static byte[] generate(ModelFolder model) {
    try (TextToImage loaded = Tiny.load(model)) {
      return loaded.generate(REQUEST, Progress.SILENT).get(0).image().rgb();
    }
  }

  private Path ours(ModelFolder folder) {
    Path file = temporary.resolve("ours.safetensors");
    PLAIN.toFile(folder, file, note -> {});
    return file;
  }

  /** The folder as a file of others. */
  private Path wild(ModelFolder folder) {
    return WildModel.bare(ours(folder), temporary.resolve("wild.safetensors"));
  }

  private static ModelFolder open(Path file, Path tokenizer) {
    return ModelFolder.open("wild", file, ComponentOverrides.NONE.withTokenizer(tokenizer));
  }

  @ParameterizedTest
  @EnumSource
  void aFileWithoutAWordOfOursIsTheFolderThatItWasMadeOf(WildModel kind) throws IOException {
    ModelFolder folder = kind.write(temporary.resolve("folder"));
    Path file = wild(folder);
    ModelFolder wild = open(file, folder.root());

    ModelConverterTest.assertSameWeights(folder, wild);
    assertThat(wild.unet()).isEqualTo(folder.unet());
    assertThat(wild.vae()).isEqualTo(folder.vae());
    assertThat(wild.schedulerConfig()).isEqualTo(folder.schedulerConfig());
    assertThat(wild.indexJson().path("_class_name").asText()).isEqualTo(kind.pipeline);
    Path back = temporary.resolve("back");
    PLAIN.toFolder(wild, back, note -> {});
    Path again = temporary.resolve("again.safetensors");
    PLAIN.toFile(ModelFolder.open("back", back), again, note -> {});
    try (Scope scope = Scope.inference();
        SafeTensors first = SafeTensors.open(file);
        SafeTensors second = SafeTensors.open(again)) {
      assertThat(second.names()).isEqualTo(first.names());
      for (String name : first.names()) {
        assertThat(second.get(name).sameAs(first.get(name))).as(name).isTrue();
      }
    }
    if (!kind.pipeline.contains("Inpaint")) {
      byte[] expected = generate(folder);
      assertThat(generate(wild)).isEqualTo(expected);
      assertThat(generate(ModelFolder.open("back", back))).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SD1", "SDXL"})
  void aPickleIsReadLikeTheFileThatItWasMadeOf(WildModel kind) throws IOException {
    ModelFolder folder = kind.write(temporary.resolve("folder"));
    Path pickle = PickleWriter.write(wild(folder), temporary.resolve("model.ckpt"));
    ModelFolder model = open(pickle, folder.root());

    ModelConverterTest.assertSameWeights(folder, model);
    Path back = temporary.resolve("back");
    PLAIN.toFolder(model, back, note -> {});
    ModelConverterTest.assertSameWeights(folder, ModelFolder.open("back", back));
  }

  @Test
  void openClipSeesExclamationMarksBehindTheTextWhosesoeverTheTokenizerIs() throws IOException {
    Path others = FidelityCases.resource("lcm");
    assertThat(ModelFolder.open("lcm", others).tokenizer(Component.TEXT_ENCODER).padToken())
        .isEqualTo("<|endoftext|>");
    ModelFolder sd2 = WildModel.SD2.write(temporary.resolve("sd2"));

    ModelFolder wild = open(wild(sd2), others);

    assertThat(wild.tokenizer(Component.TEXT_ENCODER).padToken()).isEqualTo("!");
    assertThat(generate(wild)).isEqualTo(generate(sd2));
  }

  @Test
  void aFolderMadeWithOneTokenizerPadsForEachTextEncoder() throws IOException {
    ModelFolder sdxl = WildModel.SDXL.write(temporary.resolve("sdxl"));
    ModelFolder wild = open(wild(sdxl), FidelityCases.resource("lcm"));
    Path back = temporary.resolve("back");
    PLAIN.toFolder(wild, back, note -> {});
    ModelFolder folder = ModelFolder.open("back", back);

    assertThat(folder.tokenizer(Component.TEXT_ENCODER).padToken()).isEqualTo("<|endoftext|>");
    assertThat(folder.tokenizer(Component.TEXT_ENCODER_2).padToken()).isEqualTo("!");
    assertThat(back.resolve("tokenizer_2/tokenizer_config.json"))
        .content()
        .contains("\"pad_token\" : \"!\"");
    assertThat(generate(wild)).isEqualTo(generate(sdxl));
    assertThat(generate(folder)).isEqualTo(generate(sdxl));
  }

  @Test
  void theSizeOfSd2FollowsWhatItPredicts() throws IOException {
    Path file = wild(WildModel.SD2.write(temporary.resolve("sd2")));
    ModelFolder wild = open(file, FidelityCases.resource("lcm"));
    int scale = wild.vae().downscale();
    Request request = Request.builder("a").build();
    GenerationSettings asIs = ResolvedRequest.of(wild, request, Device.CPU).settings();
    Request declared = request.toBuilder().prediction("epsilon").build();
    GenerationSettings base = ResolvedRequest.of(wild, declared, Device.CPU).settings();

    assertThat(asIs.width()).isEqualTo(96 * scale);
    assertThat(base.width()).isEqualTo(64 * scale);
    ModelFolder epsilon = wild.predicting("epsilon");
    assertThat(MemoryEstimate.of(epsilon).side()).isEqualTo(64 * scale);
    assertThat(epsilon.notes().get(0)).contains("predicting noise as you say");
    Path back = temporary.resolve("back");
    PLAIN.toFolder(epsilon, back, note -> {});
    ModelFolder folder = ModelFolder.open("back", back);
    assertThat(folder.unet().sampleSize()).isEqualTo(64);
    assertThat(folder.schedulerConfig().path("prediction_type").asText()).isEqualTo("epsilon");
    assertThatThrownBy(() -> wild.predicting("noise"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("noise");
  }

  @Test
  void textEncodersAreTakenFromTheFolderOfTheFile() throws IOException {
    ModelFolder sdxl = WildModel.SDXL.write(temporary.resolve("sdxl"));
    // With our header: without a text encoder only the real width of pooled text is known.
    Path away = temporary.resolve("bare.safetensors");
    WildModel.without(ours(sdxl), away, "conditioner.");
    assertThatThrownBy(() -> open(away, sdxl.root()))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("holds no text_encoder and no text_encoder_2; name the folder");

    Path file = Files.copy(away, sdxl.root().resolve("bare.safetensors"));
    ModelFolder withFolder = ModelFolder.open("with-folder", file);
    assertThat(withFolder.notes()).anyMatch(n -> n.startsWith("text_encoder_2 is that of "));
    ModelConverterTest.assertSameWeights(sdxl, withFolder);
    assertThat(generate(withFolder)).isEqualTo(generate(sdxl));
  }

  @Test
  void aTextEncoderIsTakenFromTheFolderThatTheUserNames() throws IOException {
    ModelFolder sd2 = WildModel.SD2.write(temporary.resolve("sd2"));
    Path file = temporary.resolve("bare.safetensors");
    WildModel.without(wild(sd2), file, "cond_stage_model.");
    byte[] expected = generate(sd2);

    for (Path named : List.of(sd2.root(), sd2.root().resolve("text_encoder"))) {
      ModelFolder model =
          ModelFolder.open("x", file, new ComponentOverrides(sd2.root(), named, null));
      assertThat(generate(model)).isEqualTo(expected);
      Path out = temporary.resolve("out" + named.getNameCount());
      PLAIN.toFolder(model, out, note -> {});
      assertThat(generate(ModelFolder.open("out", out))).isEqualTo(expected);
    }
  }

  @Test
  void whatAModelSaysOfEmptyPromptsAndGuidanceIsKept() throws IOException {
    Path root = temporary.resolve("sdxl");
    WildModel.SDXL.write(root);
    Path index = root.resolve("model_index.json");
    Files.writeString(index, Files.readString(index).replace("true", "false"));
    Path unet = root.resolve("unet/diffusion_pytorch_model.safetensors");
    try (Scope scope = Scope.inference();
        SafeTensors file = SafeTensors.open(unet)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      file.names().forEach(name -> tensors.put(name, file.get(name).copy()));
      SafeTensorsWriter.write(unet, tensors, new DistilledGuidance(3, 11).toMap());
    }
    ModelFolder folder = ModelFolder.open("folder", root);
    assertThat(folder.zerosWithoutNegative()).isFalse();
    Path out = temporary.resolve("file.safetensors");
    PLAIN.toFile(folder, out, note -> {});
    ModelFolder file = open(out, root);
    Path back = temporary.resolve("back");
    PLAIN.toFolder(file, back, note -> {});

    for (ModelFolder model : List.of(file, ModelFolder.open("back", back))) {
      assertThat(model.zerosWithoutNegative()).isFalse();
      assertThat(model.guidance()).isEqualTo(new DistilledGuidance(3, 11));
      JsonNode declared = model.indexJson().path("force_zeros_for_empty_prompt");
      assertThat(declared.isBoolean() && !declared.asBoolean()).isTrue();
    }
  }
}
