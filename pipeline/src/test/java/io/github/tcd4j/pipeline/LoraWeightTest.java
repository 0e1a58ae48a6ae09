package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.lora.LoraMetadata;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
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
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A kept model with one LoRA after another, or one weight after another. */
class LoraWeightTest {
  @TempDir Path work;
  private Path root;

  @BeforeEach
  void copy() throws IOException {
    root = Tiny.copy(work.resolve("model"));
  }

  private TextToImage model() {
    return Tiny.load(ModelFolder.open("tiny", root));
  }

  private static Request request(LoraSpec... loras) {
    return request(DType.F32, loras);
  }

  private static Request request(DType type, LoraSpec... loras) {
    return Request.builder(Tiny.PROMPT)
        .sampler("tcd")
        .steps(2)
        .guidance(1.0)
        .seed(3)
        .dtype(type)
        .loras(List.of(loras))
        .build();
  }

  private static float[] latents(TextToImage model, Request request) {
    return model.generate(request, Progress.SILENT).get(0).latents().values();
  }

  /** What a model gives that was read for this request. */
  private float[] fresh(Request request) {
    try (TextToImage model = model()) {
      return latents(model, request);
    }
  }

  /** Changes of all kinds, in both networks: factors, norms, biases, whole kernels, LoHa, DoRA. */
  private Path everyKind() {
    Path file = work.resolve("every-kind.safetensors");
    RandomSource random = new RandomSource(6);
    String text = "lora_te_text_model_encoder_layers_0_";
    String mid = "lora_unet_mid_block_attentions_0_transformer_blocks_0_";
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> t = new LinkedHashMap<>();
      t.put(text + "mlp_fc1.lora_down.weight", random.normal(2, 16).times(0.2));
      t.put(text + "mlp_fc1.lora_up.weight", random.normal(32, 2).times(0.2));
      t.put(text + "layer_norm1.w_norm", random.normal(16).times(0.2));
      t.put("lora_te_text_model_final_layer_norm.b_norm", random.normal(16).times(0.2));
      t.put("lora_unet_conv_norm_out.w_norm", random.normal(8).times(0.2));
      t.put("lora_unet_conv_in.diff_b", random.normal(8).times(0.2));
      t.put("lora_unet_down_blocks_0_resnets_0_norm1.b_norm", random.normal(8).times(0.2));
      t.put("lora_unet_down_blocks_0_resnets_0_conv1.diff", random.normal(8, 8, 3, 3).times(0.1));
      for (String factor : List.of("hada_w1_a", "hada_w2_a")) {
        t.put(mid + "attn1_to_q." + factor, random.normal(16, 2).times(0.5));
      }
      for (String factor : List.of("hada_w1_b", "hada_w2_b")) {
        t.put(mid + "attn1_to_q." + factor, random.normal(2, 16).times(0.5));
      }
      t.put(mid + "attn2_to_k.lora_down.weight", random.normal(2, 16).times(0.2));
      t.put(mid + "attn2_to_k.lora_up.weight", random.normal(16, 2).times(0.2));
      t.put(mid + "attn2_to_k.dora_scale", random.normal(16, 1).times(0.1).plus(0.5));
      SafeTensorsWriter.write(file, t, Map.of());
    }
    return file;
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void anotherWeightReadsNoNetworkAgainAndGivesWhatAFreshModelGives(DType type) throws IOException {
    String every = everyKind().toString();
    LoraSpec tcd = new LoraSpec("tcd", 1);
    List<Request> requests =
        List.of(
            request(type, new LoraSpec(every, 1)),
            request(type, new LoraSpec(every, -0.5)),
            request(type, tcd, new LoraSpec(every, 0.25)),
            request(type, new LoraSpec(every, 0.25), tcd),
            request(type, new LoraSpec("tcd", 0.3)),
            request(type),
            request(type, new LoraSpec(every, 1)));
    List<float[]> expected = new ArrayList<>();
    for (Request request : requests) {
      expected.add(fresh(request));
    }
    assertThat(expected.get(1)).isNotEqualTo(expected.get(0));
    assertThat(expected.get(2)).isNotEqualTo(expected.get(3));

    try (TextToImage model = model()) {
      List<ResolvedRequest> resolved = requests.stream().map(model::resolve).toList();
      assertThat(generate(model, resolved.get(0))).isEqualTo(expected.get(0));
      for (Path weights : weights()) {
        Files.delete(weights);
      }
      for (int i = 1; i < requests.size(); i++) {
        assertThat(generate(model, resolved.get(i))).as("request " + i).isEqualTo(expected.get(i));
      }
    }
  }

  private List<Path> weights() {
    ModelFolder folder = ModelFolder.open("tiny", root);
    return List.of(Component.TEXT_ENCODER, Component.UNET, Component.VAE).stream()
        .map(folder::weights)
        .toList();
  }

  private static float[] generate(TextToImage model, ResolvedRequest request) {
    return model.generate(List.of(Tiny.PROMPT), request, Progress.SILENT).get(0).latents().values();
  }

  @Test
  void aModelThatWasReadWithoutALoraTakesOneAndHasItsOwnBitsAgainWithoutIt() {
    Request plain = request();
    Request changed = request(new LoraSpec(everyKind().toString(), 0.7));
    float[] expected = fresh(changed);
    try (TextToImage model = model()) {
      float[] before = latents(model, plain);
      assertThat(latents(model, changed)).isEqualTo(expected).isNotEqualTo(before);
      assertThat(latents(model, plain)).isEqualTo(before);
      assertThat(latents(model, changed)).isEqualTo(expected);
    }
  }

  @Test
  void networksThatAreReadInTurnGiveTheSame() {
    Request changed = request(new LoraSpec(everyKind().toString(), 0.7));
    Engine.threads(1);
    try (TextToImage inTurn = TextToImage.inTurn(ModelFolder.open("tiny", root), Device.CPU)) {
      assertThat(latents(inTurn, changed)).isEqualTo(fresh(changed));
      assertThat(latents(inTurn, request())).isEqualTo(fresh(request()));
    }
  }

  @Test
  void theSEmbeddingOfALoraFollowsItsWeight() {
    Path lora = conditioned();
    Request whole = request(new LoraSpec(lora.toString(), 1));
    Request half = request(new LoraSpec(lora.toString(), 0.5));
    float[] unconditioned = fresh(request(new LoraSpec("tcd", 0.5)));
    float[] expected = fresh(half);
    try (TextToImage model = model()) {
      latents(model, whole);
      assertThat(latents(model, half)).isEqualTo(expected).isNotEqualTo(unconditioned);
      assertThat(latents(model, request(new LoraSpec("tcd", 0.5)))).isEqualTo(unconditioned);
    }
  }

  /** The model's own LoRA with an s-embedding. */
  private Path conditioned() {
    Path lora = root.resolve("loras/seeing.safetensors");
    Path embedding = DestinationEmbedding.fileNextTo(lora);
    try (Scope scope = Scope.inference();
        SafeTensors own = SafeTensors.open(root.resolve("loras/tcd.safetensors"))) {
      DestinationEmbedding random =
          DestinationEmbedding.of(Weights.of(new InitializedWeights(1)), Tiny.folder().unet());
      RandomSource source = new RandomSource(2);
      random.parameters().values().forEach(t -> t.copyFrom_(source.normal(t.shape())));
      random.write(embedding);
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      own.names().forEach(name -> tensors.put(name, own.get(name).copy()));
      Map<String, String> header = new LinkedHashMap<>(own.metadata());
      header.put(LoraMetadata.DESTINATION, Sha256.of(embedding));
      SafeTensorsWriter.write(lora, tensors, header);
    }
    return lora;
  }

  @Test
  void fiftyChangesOfWeightLeaveNoTensorBehind() {
    String every = everyKind().toString();
    try (TextToImage model = model()) {
      latents(model, request(new LoraSpec(every, 1)));
      latents(model, request());
      latents(model, request(new LoraSpec("tcd", 1), new LoraSpec(every, 1)));
      long before = Engine.settledObjects();
      for (int i = 0; i < 50; i++) {
        latents(model, request(new LoraSpec("tcd", i / 50.0), new LoraSpec(every, 1 - i / 25.0)));
      }
      assertThat(Engine.settledObjects()).isEqualTo(before);
    }
  }

  @Test
  void aRequestThatIsCancelledBetweenTwoNetworksLeavesTheNextOneItsOwnLoras() {
    String every = everyKind().toString();
    Request first = request(new LoraSpec(every, 1));
    Request second = request(new LoraSpec(every, -1));
    float[] expected = fresh(second);
    Progress impatient =
        new Progress() {
          @Override
          public void step(int done, int of) {
            throw new CancellationException();
          }

          @Override
          public void samplingStarted() {
            throw new CancellationException();
          }
        };
    try (TextToImage model = model()) {
      latents(model, first);
      assertThatThrownBy(() -> model.generate(second, impatient))
          .isInstanceOf(CancellationException.class);
      assertThat(latents(model, second)).isEqualTo(expected);
      assertThat(latents(model, first)).isEqualTo(fresh(first));
    }
  }

  /** It closes the files that are read at the time. */
  @Test
  void anInterruptWhileTheWeightsChangeEndsOneRequestAndNotTheNext() {
    Request first = request(new LoraSpec("tcd", 1));
    Request second = request(new LoraSpec(everyKind().toString(), 0.5));
    float[] expected = fresh(second);
    try (TextToImage model = model()) {
      latents(model, first);
      ResolvedRequest resolved = model.resolve(second);
      Progress interrupting =
          new Progress() {
            @Override
            public void started(GenerationSettings settings) {
              Thread.currentThread().interrupt();
            }
          };
      assertThatThrownBy(() -> model.generate(List.of(Tiny.PROMPT), resolved, interrupting))
          .isInstanceOf(RuntimeException.class);
      Thread.interrupted();
      assertThat(latents(model, second)).isEqualTo(expected);
    }
  }
}
