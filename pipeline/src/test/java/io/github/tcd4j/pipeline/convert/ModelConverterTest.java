package io.github.tcd4j.pipeline.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.pipeline.FidelityCases;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.Tiny;
import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.tensor.file.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folder to single file and back: the same numbers, and the same picture. */
public class ModelConverterTest {
  private static final ModelConverter PLAIN = new ModelConverter(null, List.of(), false);

  @TempDir Path temporary;

  private static ModelFolder model(String name) {
    Path path = name.equals("tiny") ? Tiny.path() : FidelityCases.resource(name);
    return ModelFolder.open(name, path);
  }

  private ModelFolder file(ModelFolder model) {
    Path out = temporary.resolve("model.safetensors");
    PLAIN.toFile(model, out, note -> {});
    return ModelFolder.open("file", out, ComponentOverrides.NONE.withTokenizer(model.root()));
  }

  public static void assertSameWeights(ModelFolder a, ModelFolder b) {
    assertThat(b.components()).isEqualTo(a.components());
    try (Scope scope = Scope.inference()) {
      for (Component component : a.components()) {
        TensorFile x = a.openWeights(component);
        TensorFile y = b.openWeights(component);
        Set<String> names = new TreeSet<>(x.names());
        names.removeIf(n -> n.endsWith("position_ids"));
        boolean bare = !names.iterator().next().startsWith("text_model.");
        for (String name : names) {
          boolean text =
              component == Component.TEXT_ENCODER || component == Component.TEXT_ENCODER_2;
          boolean longer = text && bare && !y.names().contains(name);
          String there = longer ? "text_model." + name : name;
          // Files of 2022 have older names, which come back as the newer ones.
          if (!y.names().contains(there)) {
            there = there.replace(".query.", ".to_q.").replace(".key.", ".to_k.");
            there = there.replace(".value.", ".to_v.").replace(".proj_attn.", ".to_out.0.");
          }
          assertThat(y.names()).contains(there);
          assertThat(y.dtype(there)).isEqualTo(x.dtype(name));
          assertThat(y.get(there).contiguous().sameAs(x.get(name))).as(name).isTrue();
        }
        assertThat(y.names()).hasSameSizeAs(names);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny", "sd1", "sd2-v", "sdxl", "sdxl-turbo", "lcm", "inpaint"})
  void aFolderComesBackFromASingleFileWithAllItsBits(String name) throws IOException {
    ModelFolder folder = model(name);
    ModelFolder file = file(folder);
    assertThat(file.notes()).hasSize(1);
    assertSameWeights(folder, file);
    assertThat(file.unet()).isEqualTo(folder.unet());
    assertThat(file.schedulerConfig()).isEqualTo(folder.schedulerConfig());
    assertThat(file.indexJson()).isEqualTo(DiffusersFolderWriter.index(folder));
    Path back = temporary.resolve("back");
    PLAIN.toFolder(file, back, note -> {});
    assertSameWeights(file, ModelFolder.open("back", back));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sd1", "sd2-v", "sdxl", "sdxl-turbo", "lcm"})
  void aSingleFileGeneratesWhatItsFolderGenerates(String name) {
    ModelFolder folder = model(name);
    Request request = Request.builder(Tiny.PROMPT).loras(List.of()).steps(2).seed(1).build();
    try (TextToImage one = Tiny.load(folder);
        TextToImage two = Tiny.load(file(folder))) {
      byte[] generated = one.generate(request, Progress.SILENT).get(0).image().rgb();
      assertThat(two.generate(request, Progress.SILENT).get(0).image().rgb()).isEqualTo(generated);
    }
  }

  @Test
  void precisionIsChangedWhereRequested() throws IOException {
    Path out = temporary.resolve("wide");
    new ModelConverter(DType.F32, List.of(), false).toFolder(Tiny.folder(), out, note -> {});
    ModelFolder wide = ModelFolder.open("wide", out);
    assertThat(wide.openWeights(Component.UNET).dtype("conv_in.weight")).isEqualTo(DType.F32);
    Path narrow = temporary.resolve("narrow");
    new ModelConverter(DType.F16, List.of(), false).toFolder(wide, narrow, note -> {});
    assertSameWeights(Tiny.folder(), ModelFolder.open("narrow", narrow));
  }

  @Test
  void halfPrecisionComesBackFromFloat32WithAllItsBits() throws IOException {
    Path half = temporary.resolve("half");
    new ModelConverter(DType.BF16, List.of(), false).toFolder(Tiny.folder(), half, note -> {});
    Path wide = temporary.resolve("wide");
    ModelFolder first = ModelFolder.open("half", half);
    new ModelConverter(DType.F32, List.of(), false).toFolder(first, wide, note -> {});
    Path back = temporary.resolve("back");
    ModelFolder second = ModelFolder.open("wide", wide);
    new ModelConverter(DType.BF16, List.of(), false).toFolder(second, back, note -> {});

    assertThat(first.openWeights(Component.UNET).dtype("conv_in.weight")).isEqualTo(DType.BF16);
    assertSameWeights(first, ModelFolder.open("back", back));
  }

  @Test
  void aLoraInTheWeightsGeneratesLikeOneAppliedToThem() throws IOException {
    Path out = temporary.resolve("fused");
    List<String> notes = new ArrayList<>();
    ModelConverter converter = new ModelConverter(DType.F32, List.of(new LoraSpec("tcd", 1)), true);
    converter.toFolder(Tiny.folder(), out, notes::add);
    assertThat(notes).singleElement().asString().startsWith("LoRA tcd: ").contains(" matched");
    Request applied = Request.builder(Tiny.PROMPT).sampler("tcd").steps(2).seed(1).build();
    Request fused = applied.toBuilder().loras(List.of()).build();
    try (TextToImage one = Tiny.load();
        TextToImage two = Tiny.load(ModelFolder.open("fused", out))) {
      byte[] expected = one.generate(applied, Progress.SILENT).get(0).image().rgb();
      byte[] generated = two.generate(fused, Progress.SILENT).get(0).image().rgb();
      for (int i = 0; i < expected.length; i++) {
        // Beside the model they are rounded to its own half precision.
        assertThat((double) (generated[i] & 0xff)).isCloseTo(expected[i] & 0xff, within(2.0));
      }
    }
  }

  @Test
  void aLoraIsAddedInThePrecisionThatIsWritten() throws IOException {
    List<LoraSpec> loras = List.of(new LoraSpec("tcd", 1));
    Path wide = temporary.resolve("wide");
    new ModelConverter(DType.F32, List.of(), false).toFolder(Tiny.folder(), wide, note -> {});
    Tiny.copy(Tiny.path().resolve("loras"), wide.resolve("loras"));
    Path expected = temporary.resolve("expected");
    ModelFolder model = ModelFolder.open("wide", wide);
    new ModelConverter(null, loras, true).toFolder(model, expected, note -> {});
    Path fused = temporary.resolve("fused");
    new ModelConverter(DType.F32, loras, true).toFolder(Tiny.folder(), fused, note -> {});

    assertSameWeights(ModelFolder.open("expected", expected), ModelFolder.open("fused", fused));
  }

  @Test
  void aFolderIsThereWholeOrNotAtAll() throws IOException {
    Path broken = Tiny.copy(temporary.resolve("broken"));
    Path weights = broken.resolve("vae/diffusion_pytorch_model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(bytes, bytes.length / 2));
    Path place = Files.createDirectory(temporary.resolve("place"));
    Path others = Files.createDirectory(place.resolve(".mine.old"));
    Path out = place.resolve("out");

    assertThatThrownBy(() -> PLAIN.toFolder(ModelFolder.open("broken", broken), out, note -> {}))
        .hasMessageContaining(weights.toString());

    assertThat(place).isDirectoryContaining(others::equals);
    assertThat(place.toFile().list()).hasSize(1);
    PLAIN.toFolder(Tiny.folder(), out, note -> {});
    assertSameWeights(Tiny.folder(), ModelFolder.open("out", out));
    assertThat(place.toFile().list()).hasSize(2);
  }

  @Test
  void aSingleFileThatReadsClipsWordsNeedsNoTokenizerInItsFolder() throws IOException {
    Path folder = Tiny.copy(temporary.resolve("model"));
    Path config = folder.resolve("text_encoder/config.json");
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(Files.readString(config));
    Files.writeString(
        config, json.put("vocab_size", 49_408).put("max_position_embeddings", 77).toString());
    Path weights = folder.resolve("text_encoder/model.safetensors");
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      try (SafeTensors old = SafeTensors.open(weights)) {
        old.names().forEach(n -> tensors.put(n, old.get(n).copy()));
      }
      tensors.replaceAll(
          (n, t) ->
              n.endsWith("token_embedding.weight")
                  ? Tensor.full(0.1, DType.F32, 49_408, t.size(1))
                  : n.endsWith("position_embedding.weight")
                      ? Tensor.full(0.1, DType.F32, 77, t.size(1))
                      : t);
      SafeTensorsWriter.write(weights, tensors, Map.of());
    }
    Path file = Files.createDirectory(temporary.resolve("alone")).resolve("model.safetensors");
    PLAIN.toFile(ModelFolder.open("x", folder), file, note -> {});

    ModelFolder alone = ModelFolder.open("x", file);
    assertThat(alone.notes()).contains("its tokenizer is CLIP's own, as the file holds none");
    try (TextToImage model = Tiny.load(alone)) {
      Request request = Request.builder("a photo of a cat").steps(1).build();
      assertThat(model.generate(request, Progress.SILENT)).hasSize(1);
    }
    Path back = temporary.resolve("back");
    PLAIN.toFolder(alone, back, note -> {});
    assertThat(ClipTokenizer.load(back.resolve("tokenizer")).ids("a photo of a cat"))
        .containsExactly(320, 1125, 539, 320, 2368);
  }

  @Test
  void aSingleFileWithoutATokenizerSaysWhereToFindOne() {
    Path out = temporary.resolve("model.safetensors");
    PLAIN.toFile(Tiny.folder(), out, note -> {});
    assertThatThrownBy(() -> ModelFolder.open("x", out))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("holds no tokenizer and there is none in " + temporary)
        .hasMessageContaining("name the folder tokenizer");
  }
}
