package io.github.tcd4j.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.files.Family;
import io.github.tcd4j.pipeline.FidelityCases;
import io.github.tcd4j.pipeline.PickleWriter;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.Tiny;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFolderTest {
  @TempDir Path temporary;

  private Path folder;
  private int clock;

  @BeforeEach
  void copy() throws IOException {
    folder = Tiny.copy(temporary.resolve("model"));
  }

  @Test
  void aFolderThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> ModelFolder.open("x", temporary.resolve("nowhere")))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageEndingWith("nowhere does not exist");
  }

  @Test
  void aFileOfOneNetworkIsNoModel() {
    Path network = folder.resolve("unet/diffusion_pytorch_model.safetensors");
    assertThatThrownBy(() -> ModelFolder.open("x", network))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("it looks like one network of a model; give the folder");
  }

  @Test
  void allMissingPartsAreNamedAtOnce() throws IOException {
    Files.delete(folder.resolve("vae/config.json"));
    Files.delete(folder.resolve("unet/diffusion_pytorch_model.safetensors"));
    Files.delete(folder.resolve("tokenizer/merges.txt"));
    Files.delete(folder.resolve("tokenizer/tokenizer.json"));

    assertThatThrownBy(() -> ModelFolder.open("x", folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("unet/diffusion_pytorch_model.safetensors")
        .hasMessageContaining("vae/config.json")
        .hasMessageContaining("tokenizer/merges.txt");
  }

  @Test
  void anotherKindOfModelIsNamed() throws IOException {
    edit("model_index.json").put("_class_name", "FluxPipeline");
    Path index = folder.resolve("model_index.json");
    Files.writeString(index, Files.readString(index).replace("StableDiffusionPipe", "FluxPipe"));

    assertThatThrownBy(() -> ModelFolder.open("x", folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("is of a FluxPipeline");
  }

  private ObjectNode edit(String file) throws IOException {
    return (ObjectNode) new ObjectMapper().readTree(folder.resolve(file).toFile());
  }

  private float[] generate() {
    Request request = Request.builder(Tiny.PROMPT).steps(2).build();
    try (TextToImage model = Tiny.load(ModelFolder.open("x", folder))) {
      List<String> notes = new ArrayList<>();
      float[] latents = model.generate(request, listening(notes)).get(0).latents().values();
      assertThat(notes).allSatisfy(note -> assertThat(note).startsWith("LoRA"));
      return latents;
    }
  }

  private static Progress listening(List<String> notes) {
    return new Progress() {
      @Override
      public void note(String message) {
        notes.add(message);
      }
    };
  }

  @Test
  void halfPrecisionVariantsAreReadWhereThereIsNothingElse() throws IOException {
    float[] before = generate();
    Path unet = folder.resolve("unet");
    Files.move(
        unet.resolve("diffusion_pytorch_model.safetensors"),
        unet.resolve("diffusion_pytorch_model.fp16.safetensors"));
    Path text = folder.resolve("text_encoder");
    Files.move(text.resolve("model.safetensors"), text.resolve("model.fp16.safetensors"));

    assertThat(generate()).isEqualTo(before);
  }

  @Test
  void picklesAreReadWhereThereIsNothingElse() throws IOException {
    float[] before = generate();
    Path unet = folder.resolve("unet/diffusion_pytorch_model.safetensors");
    PickleWriter.write(unet, folder.resolve("unet/diffusion_pytorch_model.fp16.bin"));
    Files.delete(unet);
    Path text = folder.resolve("text_encoder/model.safetensors");
    Path shard = folder.resolve("text_encoder/pytorch_model-00001-of-00001.bin");
    PickleWriter.write(text, shard);
    ObjectNode index = new ObjectMapper().createObjectNode();
    ObjectNode map = index.putObject("weight_map");
    try (SafeTensors tensors = SafeTensors.open(text)) {
      tensors.names().forEach(name -> map.put(name, String.valueOf(shard.getFileName())));
    }
    Files.delete(text);
    Files.writeString(
        folder.resolve("text_encoder/pytorch_model.bin.index.json"), index.toString());

    assertThat(generate()).isEqualTo(before);
  }

  @Test
  void modelsOfImageToImagePipelinesGenerateFromAPromptToo() throws IOException {
    Path index = folder.resolve("model_index.json");
    String text = Files.readString(index);
    for (String type :
        List.of("StableDiffusionImg2ImgPipeline", "LatentConsistencyModelImg2ImgPipeline")) {
      Files.writeString(index, text.replace("StableDiffusionPipeline", type));
      assertThat(ModelFolder.open("x", folder).family()).isEqualTo(Family.SD1);
    }
  }

  @Test
  void aFolderWhoseUNetReadsTextOf1024ChannelsIsOfStableDiffusion2() throws IOException {
    Path config = folder.resolve("unet/config.json");
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(config.toFile());
    Files.writeString(config, json.put("cross_attention_dim", 1024).toString());
    assertThat(ModelFolder.open("x", folder).family()).isEqualTo(Family.SD2);
  }

  @Test
  void anSdxlRefinerIsRefusedInOneSentence() throws IOException {
    Path root = Tiny.copy(FidelityCases.resource("sdxl"), folder.resolve("sdxl"));
    Path index = root.resolve("model_index.json");
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(index.toFile());
    json.put("_class_name", "StableDiffusionXLImg2ImgPipeline");
    Files.writeString(index, json.toString());
    assertThat(ModelFolder.open("x", root).family()).isEqualTo(Family.SDXL);

    json.putArray("text_encoder").addNull().addNull();
    Files.writeString(index, json.toString());
    assertThatThrownBy(() -> ModelFolder.open("x", root))
        .isInstanceOf(ModelException.class)
        .hasMessageEndingWith(
            "is of an SDXL refiner, which has no first text encoder and generates only from pictures;"
                + " use the base model");
  }

  @Test
  void shardsAreReadByTheirIndex() throws IOException {
    float[] before = generate();
    shard("diffusion_pytorch_model.safetensors.index.json");

    assertThat(generate()).isEqualTo(before);
  }

  /** The U-Net in the shards {@code a} and {@code b} with an index of that name. */
  private void shard(String indexName) throws IOException {
    Path unet = folder.resolve("unet");
    Path whole = unet.resolve("diffusion_pytorch_model.safetensors");
    ObjectNode index = new ObjectMapper().createObjectNode();
    ObjectNode map = index.putObject("weight_map");
    try (Scope scope = Scope.inference();
        SafeTensors tensors = SafeTensors.open(whole)) {
      Map<String, Tensor> first = new LinkedHashMap<>();
      Map<String, Tensor> second = new LinkedHashMap<>();
      for (String name : tensors.names()) {
        boolean one = first.size() <= second.size();
        (one ? first : second).put(name, tensors.get(name));
        map.put(name, one ? "a.safetensors" : "b.safetensors");
      }
      SafeTensorsWriter.write(unet.resolve("a.safetensors"), first, Map.of());
      SafeTensorsWriter.write(unet.resolve("b.safetensors"), second, Map.of());
    }
    Files.delete(whole);
    Files.writeString(unet.resolve(indexName), index.toString());
  }

  @Test
  void keysThatNobodyReadsAreListed() {
    Path vae = folder.resolve("vae/diffusion_pytorch_model.safetensors");
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      try (SafeTensors old = SafeTensors.open(vae)) {
        old.names().forEach(n -> tensors.put(n, old.get(n).copy()));
      }
      tensors.put("encoder.surprise", Tensor.ones(DType.F32, 2));
      SafeTensorsWriter.write(vae, tensors, Map.of());
    }
    try (TextToImage model = Tiny.load(ModelFolder.open("x", folder))) {
      List<String> notes = new ArrayList<>();
      Request request = Request.builder(Tiny.PROMPT).steps(1).loras(List.of()).build();
      model.generate(request, listening(notes));
      model.generate(request, listening(notes));
      assertThat(notes).singleElement().asString().contains("1 unused tensors: encoder.surprise");
    }
  }

  @Test
  void anOwnLoraIsFoundByItsNameAndAFileByItsPath() {
    ModelFolder model = ModelFolder.open("x", folder);
    Path own = folder.resolve("loras/tcd.safetensors");

    assertThat(model.lora("tcd")).isEqualTo(own);
    assertThat(model.lora(own.toString())).isEqualTo(own);
    assertThatThrownBy(() -> model.lora("lcm"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("LoRA lcm does not exist; the model's own are [tcd]");
  }

  @Test
  void anotherFileGivesAnotherFingerprint() throws IOException {
    for (String weights :
        List.of(
            "unet/diffusion_pytorch_model.safetensors",
            "text_encoder/model.safetensors",
            "vae/diffusion_pytorch_model.safetensors")) {
      anotherLastByteIsAnotherModel(weights);
    }
  }

  @Test
  void anotherShardGivesAnotherFingerprint() throws IOException {
    shard("diffusion_pytorch_model.safetensors.index.json");

    anotherLastByteIsAnotherModel("unet/a.safetensors");
    anotherLastByteIsAnotherModel("unet/b.safetensors");
  }

  private void anotherLastByteIsAnotherModel(String file) throws IOException {
    ModelFolder opened = ModelFolder.open("x", folder);
    String before = opened.fingerprint();
    String identity = opened.identity();
    Path weights = folder.resolve(file);
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    Files.setLastModifiedTime(weights, FileTime.fromMillis(++clock * 1000L));

    assertThat(before).hasSize(16);
    for (ModelFolder now : List.of(opened, ModelFolder.open("x", folder))) {
      assertThat(now.fingerprint()).isNotEqualTo(before);
      assertThat(now.identity()).isNotEqualTo(identity);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bf16", "ema_only", "fp8-e4m3"})
  void aVariantOfAnyNameIsReadWhereThereIsNothingElse(String variant) throws IOException {
    float[] before = generate();
    Path unet = folder.resolve("unet");
    Path plain = unet.resolve("diffusion_pytorch_model.safetensors");
    Path own = unet.resolve("diffusion_pytorch_model." + variant + ".safetensors");
    Files.move(plain, own);
    assertThat(generate()).isEqualTo(before);

    Files.move(own, plain);
    shard("diffusion_pytorch_model.safetensors.index." + variant + ".json");
    assertThat(generate()).isEqualTo(before);
  }

  @Test
  void aPickledVariantOfAnyNameIsReadWhereThereIsNothingElse() throws IOException {
    float[] before = generate();
    Path text = folder.resolve("text_encoder/model.safetensors");
    PickleWriter.write(text, folder.resolve("text_encoder/pytorch_model.bf16.bin"));
    Files.delete(text);

    assertThat(generate()).isEqualTo(before);
  }

  @Test
  void fullPrecisionComesBeforeHalfAndFp16BeforeBf16() throws IOException {
    Path unet = folder.resolve("unet");
    List<String> best =
        List.of(
            "diffusion_pytorch_model.safetensors",
            "diffusion_pytorch_model.safetensors.index.json",
            "diffusion_pytorch_model.fp16.safetensors",
            "diffusion_pytorch_model.safetensors.index.fp16.json",
            "diffusion_pytorch_model.bf16.safetensors",
            "diffusion_pytorch_model.bf16.safetensors.index.json",
            "diffusion_pytorch_model.bin",
            "diffusion_pytorch_model.fp16.bin",
            "diffusion_pytorch_model.bf16.bin",
            "diffusion_pytorch_model.ema.safetensors",
            "diffusion_pytorch_model.ema.bin");
    Files.delete(unet.resolve(best.get(0)));
    for (String name : best) {
      Files.createFile(unet.resolve(name));
    }
    Files.createFile(unet.resolve("diffusion_pytorch_model.fp16-00001-of-00002.safetensors"));
    Files.createFile(unet.resolve("diffusion_pytorch_model-00001-of-00002.bin"));
    Files.createFile(unet.resolve("diffusion_pytorch_model.s_embedding.safetensors"));
    for (String name : best) {
      assertThat(WeightFiles.find(unet, "diffusion_pytorch_model")).isEqualTo(unet.resolve(name));
      Files.delete(unet.resolve(name));
    }
    assertThat(WeightFiles.find(unet, "diffusion_pytorch_model")).isNull();
  }

  @Test
  void severalVariantsOfWhichNoneComesFirstAreNamed() throws IOException {
    Path unet = folder.resolve("unet");
    Path plain = unet.resolve("diffusion_pytorch_model.safetensors");
    Files.copy(plain, unet.resolve("diffusion_pytorch_model.ema.safetensors"));
    Files.move(plain, unet.resolve("diffusion_pytorch_model.fp8.safetensors"));

    assertThatThrownBy(() -> ModelFolder.open("x", folder))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            unet
                + " holds the variants ema, fp8 of diffusion_pytorch_model.safetensors and none in"
                + " full precision, fp16 or bf16; leave one of them there, or give the one to be"
                + " read the name diffusion_pytorch_model.safetensors");
  }
}
