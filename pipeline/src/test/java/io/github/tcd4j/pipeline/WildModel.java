package io.github.tcd4j.pipeline;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.clip.Activation;
import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.clip.ClipTextModel;
import io.github.tcd4j.models.clip.ClipTextModelWithProjection;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.models.unet.UNetBlocksConfig;
import io.github.tcd4j.models.unet.UNetTimeConfig;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
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

/**
 * Small random models that keep what a single file's shapes do not tell at what it is in their
 * family: groups of 32 channels, heads, sizes. So a file of them needs no word of ours to be read.
 */
enum WildModel {
  SD1("StableDiffusionPipeline", "DDIMScheduler"),
  SD2("StableDiffusionPipeline", "DDIMScheduler"),
  SDXL("StableDiffusionXLPipeline", "EulerDiscreteScheduler"),
  LCM("LatentConsistencyModelPipeline", "LCMScheduler"),
  INPAINT("StableDiffusionInpaintPipeline", "DDIMScheduler"),
  INPAINT_XL("StableDiffusionXLInpaintPipeline", "EulerDiscreteScheduler");

  private static final int PROJECTION = 64;

  final String pipeline;
  private final String scheduler;

  WildModel(String pipeline, String scheduler) {
    this.pipeline = pipeline;
    this.scheduler = scheduler;
  }

  boolean xl() {
    return this == SDXL || this == INPAINT_XL;
  }

  private boolean first() {
    return this != SD2 && !xl();
  }

  /** Channels of the text encoders; 1024 is by what SD2's is known. */
  private int width() {
    return this == SD2 ? 1024 : PROJECTION;
  }

  private UNet2DConditionConfig unet() {
    List<Integer> heads = first() ? List.of(8, 8) : List.of(1, 1);
    int context = xl() ? 2 * width() : width();
    int in = pipeline.contains("Inpaint") ? 9 : 4;
    UNetTimeConfig time = UNetTimeConfig.PLAIN.withGuidance(this == LCM ? 24 : 0);
    return new UNet2DConditionConfig(
        xl() ? 128 : this == SD2 ? 96 : 64,
        in,
        4,
        xl() ? time.withTextTime(8, PROJECTION + 6 * 8) : time,
        new UNetBlocksConfig(
            List.of(true, false),
            List.of(false, true),
            List.of(32, 64),
            List.of(1, 1),
            List.of(1, 1),
            heads,
            List.of(context, context)),
        !first(),
        this == SD2,
        1,
        1,
        32,
        1e-5,
        3,
        3);
  }

  private AutoencoderKLConfig vae() {
    double scale = xl() ? 0.13025 : 0.18215;
    int size = xl() ? 1024 : 512;
    return new AutoencoderKLConfig(
        3, 3, List.of(32, 64), 1, 4, 32, size, scale, xl(), true, true, true);
  }

  private ClipTextConfig text(Activation activation, ClipTokenizer words) {
    int end = words.vocabularySize() - 1;
    return new ClipTextConfig(
        words.vocabularySize(),
        width(),
        128,
        width(),
        this == SD2 ? 1 : 2,
        width() / 64,
        words.maxLength(),
        activation,
        1e-5,
        1,
        1,
        end - 1,
        end);
  }

  /** Writes the model as a folder in diffusers' layout. */
  ModelFolder write(Path root) throws IOException {
    Path plain = FidelityCases.resource("lcm").resolve("tokenizer");
    Path marked = FidelityCases.resource("sdxl").resolve("tokenizer_2");
    ClipTokenizer words = ClipTokenizer.load(plain);
    ObjectNode index = new ObjectMapper().createObjectNode().put("_class_name", pipeline);
    network(root, Component.UNET, unet().toJson(), w -> UNet2DConditionModel.of(w, unet()));
    network(root, Component.VAE, vae().toJson(), w -> AutoencoderKL.of(w, vae()));
    ClipTextConfig text = text(this == SD2 ? Activation.GELU : Activation.QUICK_GELU, words);
    network(root, Component.TEXT_ENCODER, text.toJson().toString(), w -> ClipTextModel.of(w, text));
    Tiny.copy(this == SD2 ? marked : plain, root.resolve("tokenizer"));
    if (xl()) {
      ClipTextConfig two = text(Activation.GELU, words);
      network(
          root,
          Component.TEXT_ENCODER_2,
          two.toJson().toString(),
          w -> ClipTextModelWithProjection.of(w, two));
      Tiny.copy(marked, root.resolve("tokenizer_2"));
      index.put("force_zeros_for_empty_prompt", true);
    }
    write(root.resolve("model_index.json"), index.toString());
    write(root.resolve("scheduler/scheduler_config.json"), scheduler().toString());
    return ModelFolder.open(name(), root);
  }

  private ObjectNode scheduler() {
    return new ObjectMapper()
        .createObjectNode()
        .put("_class_name", scheduler)
        .put("beta_schedule", "scaled_linear")
        .put("beta_start", 0.00085)
        .put("beta_end", 0.012)
        .put("num_train_timesteps", 1000)
        .put("steps_offset", 1)
        .put("clip_sample", false)
        .put("set_alpha_to_one", false)
        .put("timestep_spacing", "leading")
        .put("prediction_type", this == SD2 ? "v_prediction" : "epsilon");
  }

  private void network(Path root, Component component, String config, Consumer<Weights> build)
      throws IOException {
    Path folder = root.resolve(component.folder());
    write(folder.resolve("config.json"), config);
    try (Scope scope = Scope.inference()) {
      InitializedWeights weights = new InitializedWeights(10L * ordinal() + component.ordinal());
      build.accept(Weights.of(weights));
      SafeTensorsWriter.write(
          folder.resolve(component.weightsStem() + ".safetensors"),
          weights.parameters(),
          Map.of("format", "pt"));
    }
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** A copy of a single file without its header. */
  static Path bare(Path file, Path to) {
    return copy(file, to, false, "-");
  }

  /** A copy of a single file without the keys that start so. */
  static Path without(Path file, Path to, String prefix) {
    return copy(file, to, true, prefix);
  }

  private static Path copy(Path file, Path to, boolean header, String without) {
    try (Scope scope = Scope.inference();
        SafeTensors tensors = SafeTensors.open(file)) {
      Map<String, Tensor> kept = new LinkedHashMap<>();
      for (String name : tensors.names()) {
        if (!name.startsWith(without)) {
          kept.put(name, tensors.get(name));
        }
      }
      SafeTensorsWriter.write(to, kept, header ? tensors.metadata() : Map.of());
    }
    return to;
  }
}
