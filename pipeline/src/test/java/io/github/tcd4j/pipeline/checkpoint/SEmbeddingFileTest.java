package io.github.tcd4j.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.lora.LoraConverter;
import io.github.tcd4j.models.lora.LoraMetadata;
import io.github.tcd4j.models.lora.LoraStyle;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.Tiny;
import io.github.tcd4j.pipeline.convert.ModelConverter;
import io.github.tcd4j.pipeline.lora.LoraResolver;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.tensor.file.TensorFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A TCF(S+) LoRA and the file without which it is another model. */
class SEmbeddingFileTest {
  @TempDir Path work;
  private Path root;
  private Path lora;
  private Path sidecar;

  /** The model's own LoRA as one that needs an s-embedding. */
  @BeforeEach
  void prepare() throws IOException {
    root = Tiny.copy(work.resolve("model"));
    lora = root.resolve("loras/seeing.safetensors");
    sidecar = DestinationEmbedding.fileNextTo(lora);
    try (Scope scope = Scope.inference()) {
      DestinationEmbedding embedding =
          DestinationEmbedding.of(Weights.of(new InitializedWeights(1)), Tiny.folder().unet());
      RandomSource random = new RandomSource(2);
      embedding.parameters().values().forEach(t -> t.copyFrom_(random.normal(t.shape())));
      embedding.write(sidecar);
    }
    needing(root.resolve("loras/tcd.safetensors"), lora);
  }

  private void needing(Path from, Path to) {
    try (Scope scope = Scope.inference();
        SafeTensors file = SafeTensors.open(from)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      file.names().forEach(name -> tensors.put(name, file.get(name).copy()));
      Map<String, String> header = new LinkedHashMap<>(file.metadata());
      header.put(LoraMetadata.DESTINATION, Sha256.of(sidecar));
      SafeTensorsWriter.write(to, tensors, header);
    }
  }

  private static Request.Builder with(String name, double weight) {
    return Request.builder(Tiny.PROMPT).seed(1).loras(List.of(new LoraSpec(name, weight)));
  }

  private static float[] generate(TextToImage model, Request.Builder request, List<String> notes) {
    Progress progress =
        new Progress() {
          @Override
          public void note(String message) {
            notes.add(message);
          }
        };
    return model.generate(request.build(), progress).get(0).latents().values();
  }

  @Test
  void aLoraIsConditionedByTheFileInItsFolderAndThatIsReported() {
    List<String> notes = new ArrayList<>();
    try (TextToImage model = Tiny.load(ModelFolder.open("tiny", root))) {
      float[] unconditioned = generate(model, with("tcd", 1), notes);
      assertThat(notes).noneMatch(n -> n.contains("destination"));
      float[] conditioned = generate(model, with("seeing", 1), notes);
      assertThat(notes).contains("LoRA seeing: conditioned on the destination s by " + sidecar);
      assertThat(conditioned).isNotEqualTo(unconditioned);
      assertThat(generate(model, with("seeing", 0), notes))
          .isEqualTo(generate(model, with("tcd", 0), notes));
      assertThat(generate(model, with("tcd", 1), notes)).isEqualTo(unconditioned);
      assertThat(generate(model, with("seeing", 1), notes)).isEqualTo(conditioned);
    }
  }

  @Test
  void aModelFolderMayHaveItsOwn() throws IOException {
    Path unet = root.resolve("unet/diffusion_pytorch_model.safetensors");
    Path plain = Files.move(unet, work.resolve("plain.safetensors"));
    Files.copy(sidecar, DestinationEmbedding.fileNextTo(unet));
    needing(plain, unet);
    Request.Builder none = Request.builder(Tiny.PROMPT).sampler("tcd").seed(1).loras(List.of());
    List<String> notes = new ArrayList<>();
    float[] unconditioned;
    try (TextToImage model = Tiny.load()) {
      unconditioned = generate(model, none, notes);
    }
    try (TextToImage model = Tiny.load(ModelFolder.open("tiny", root))) {
      assertThat(generate(model, none, notes)).isNotEqualTo(unconditioned);
      assertThat(notes)
          .contains(
              "the U-Net is conditioned on the destination s by "
                  + DestinationEmbedding.fileNextTo(unet));
    }
    Files.delete(DestinationEmbedding.fileNextTo(unet));
    assertThatThrownBy(() -> Tiny.load(ModelFolder.open("tiny", root)))
        .hasMessageContaining("needs its s-embedding");
  }

  @Test
  void aModelWhoseSEmbeddingCouldNotBeReadOnceReadsItWithTheNextRequest() throws IOException {
    Path unet = root.resolve("unet/diffusion_pytorch_model.safetensors");
    Path plain = Files.move(unet, work.resolve("plain.safetensors"));
    Path own = Files.copy(sidecar, DestinationEmbedding.fileNextTo(unet));
    needing(plain, unet);
    Request.Builder none = Request.builder(Tiny.PROMPT).sampler("tcd").seed(1).loras(List.of());
    byte[] whole = Files.readAllBytes(own);
    try (TextToImage steady = Tiny.load(ModelFolder.open("tiny", root));
        TextToImage model = Tiny.load(ModelFolder.open("tiny", root))) {
      float[] expected = generate(steady, none, new ArrayList<>());
      long before = Engine.settledObjects();
      Files.write(own, Arrays.copyOf(whole, whole.length / 2));
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> generate(model, none, new ArrayList<>()))
            .isInstanceOf(TensorFileException.class);
      }
      Files.write(own, whole);
      assertThat(generate(model, none, new ArrayList<>())).isEqualTo(expected);
      model.close();
      assertThat(Engine.settledObjects()).isEqualTo(before);
    }
  }

  @Test
  void theSidecarIsNoLoraOfTheModelsOwn() {
    ModelFolder folder = ModelFolder.open("tiny", root);
    assertThat(folder.ownLoras().stream().map(ModelFolder::loraName))
        .containsExactly("seeing", "tcd");
    assertThatThrownBy(
            () -> LoraResolver.choose(folder, List.of(new LoraSpec(sidecar.toString(), 1))))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            sidecar
                + " is the s-embedding of other weights and generates nothing alone; give the file"
                + " in the same folder that has its name without .s_embedding");
  }

  @Test
  void aMissingOneAndAnotherOneAreRefusedBeforeAnythingIsRead() throws IOException {
    ModelFolder folder = ModelFolder.open("tiny", root);
    Files.write(sidecar, new byte[] {1});
    assertThatThrownBy(() -> LoraResolver.choose(folder, List.of(new LoraSpec("seeing", 1))))
        .hasMessage(
            sidecar
                + " is not the s-embedding that seeing.safetensors was trained with; keep both"
                + " files of one run in the same folder");
    Files.delete(sidecar);
    assertThatThrownBy(() -> LoraResolver.choose(folder, List.of(new LoraSpec("seeing", 1))))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            lora
                + " was trained with TCF(S+) and needs its s-embedding"
                + " seeing.s_embedding.safetensors in the same folder; without it this is a"
                + " different model, not conditioned on s");
  }

  @Test
  void oneNextToALoraThatIsNotConditionedIsReportedAndNotUsed() throws IOException {
    Path stray =
        Files.copy(sidecar, DestinationEmbedding.fileNextTo(root.resolve("loras/tcd.safetensors")));
    List<String> notes = new ArrayList<>();
    try (TextToImage plain = Tiny.load();
        TextToImage model = Tiny.load(ModelFolder.open("tiny", root))) {
      assertThat(generate(model, with("tcd", 1), notes))
          .isEqualTo(generate(plain, with("tcd", 1), new ArrayList<>()));
    }
    assertThat(notes)
        .contains("LoRA tcd is not conditioned on the destination s; not used: " + stray);
  }

  @Test
  void aConversionThatWouldLoseItIsRefused() {
    ModelFolder folder = ModelFolder.open("tiny", root);
    ModelConverter converter = new ModelConverter(null, List.of(new LoraSpec("seeing", 1)), false);
    assertThatThrownBy(() -> converter.toFolder(folder, work.resolve("out"), note -> {}))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "LoRA seeing was trained with TCF(S+) and needs its s-embedding, for which a converted"
                + " model has no place: it would be another model");
    assertThat(work.resolve("out")).doesNotExist();
  }

  @Test
  void aLoraInAnotherStyleTakesItAlong() {
    Path out = work.resolve("peft.safetensors");
    new LoraConverter(LoraStyle.PEFT_DIFFUSERS, null)
        .convert(lora, out, ModelFolder.open("tiny", root).layers(), MatchPolicy.STRICT);
    assertThat(SEmbeddingFile.of(out))
        .contains(new SEmbeddingFile(DestinationEmbedding.fileNextTo(out)));
  }

  @Test
  void aSecondConversionReplacesBothFiles() throws IOException {
    Path out = work.resolve("peft.safetensors");
    Files.writeString(DestinationEmbedding.fileNextTo(out), "of an earlier conversion");
    LoraConverter converter = new LoraConverter(LoraStyle.PEFT_DIFFUSERS, null);
    converter.convert(lora, out, ModelFolder.open("tiny", root).layers(), MatchPolicy.STRICT);
    converter.convert(lora, out, ModelFolder.open("tiny", root).layers(), MatchPolicy.STRICT);
    assertThat(Files.mismatch(DestinationEmbedding.fileNextTo(out), sidecar)).isEqualTo(-1);
    try (Stream<Path> files = Files.list(work)) {
      assertThat(files).containsExactlyInAnyOrder(root, out, DestinationEmbedding.fileNextTo(out));
    }
  }

  @Test
  void aLoraInAnotherStyleIsNotWrittenWithoutTheFileThatItNeeds() throws IOException {
    Files.delete(sidecar);
    Path out = work.resolve("peft.safetensors");
    assertThatThrownBy(
            () ->
                new LoraConverter(LoraStyle.PEFT_DIFFUSERS, null)
                    .convert(
                        lora, out, ModelFolder.open("tiny", root).layers(), MatchPolicy.STRICT))
        .isInstanceOf(LoraException.class)
        .hasMessage(
            lora
                + " needs its s-embedding "
                + sidecar
                + ", which is missing; keep both files of one run in the same folder");
    assertThat(out).doesNotExist();
  }

  @Test
  void aLoraThatCannotBeConvertedLeavesNothing() throws IOException {
    Path out = work.resolve("folder/that/is/not/there.safetensors");
    assertThatThrownBy(
            () ->
                new LoraConverter(LoraStyle.PEFT_DIFFUSERS, null)
                    .convert(
                        lora, out, ModelFolder.open("tiny", root).layers(), MatchPolicy.STRICT))
        .isInstanceOf(RuntimeException.class);
    assertThat(DestinationEmbedding.fileNextTo(out)).doesNotExist();
  }
}
