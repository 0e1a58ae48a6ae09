package io.github.tcd4j.training.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.clip.ClipTextModel;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.files.Family;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.pipeline.checkpoint.DiffusersConfigs;
import io.github.tcd4j.pipeline.checkpoint.FamilyDefaults;
import io.github.tcd4j.pipeline.internal.TextEncoder;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The networks that a teacher is trained around before there is a model: the text half of a
 * text-image pair, and an autoencoder, each in the folder that its own training wrote.
 */
public final class PairComponents {
  private static final String TEXT_PREFIX = "text_model.";

  /** The scheduler of a teacher that is trained here: Stable Diffusion's noise, by DDIM. */
  public static final String SCHEDULER = "DDIMScheduler";

  /** The sampler that such a model generates with where none is chosen. */
  public static final String SAMPLER = FamilyDefaults.of(Family.SD1).sampler();

  private PairComponents() {}

  /**
   * Reads both; they belong to the open scope.
   *
   * @param pair folder of a CLIP model, its tokenizer in it or in {@code tokenizer/}
   * @param autoencoder folder of an AutoencoderKL
   */
  public static FrozenComponents load(Path pair, Path autoencoder, Device device) {
    return new FrozenComponents(
        Family.SD1,
        List.of(text(pair, device)),
        vae(autoencoder, device),
        false,
        DiffusersConfigs.index("StableDiffusionPipeline", SCHEDULER, Family.SD1),
        device);
  }

  /** The {@code scheduler_config.json} of a teacher that predicts this. */
  public static ObjectNode scheduler(Prediction.Kind kind) {
    return DiffusersConfigs.scheduler(SCHEDULER, kind.key());
  }

  private static FrozenComponents.Text text(Path pair, Device device) {
    JsonNode json = ConfigFields.read(pair.resolve("config.json")).node();
    ClipTextConfig config = ClipTextConfig.of(json.path("text_config"));
    Path tokenizer = ModelExport.tokenizer(pair);
    Checkpoint weights = checkpoint(pair.resolve("model.safetensors"), TEXT_PREFIX, device, false);
    ClipTextModel model = ClipTextModel.of(Weights.of(weights), config);
    return new FrozenComponents.Text(
        Component.TEXT_ENCODER,
        new TextEncoder(ClipTokenizer.load(tokenizer), model, null, Adapters.NONE),
        config.toJson(),
        weights.parameters(),
        to -> ModelExport.copyTokenizer(tokenizer, to));
  }

  private static FrozenComponents.Vae vae(Path folder, Device device) {
    AutoencoderKLConfig config = AutoencoderKLConfig.read(folder.resolve("config.json"));
    Checkpoint weights = checkpoint(folder.resolve(ModelExport.WEIGHTS), "", device, false);
    AutoencoderKL model = AutoencoderKL.of(Weights.of(weights), config);
    return new FrozenComponents.Vae(config, model, weights.parameters());
  }

  /** The weights of a U-Net to start from, float32 leaves that want gradients. */
  public static Checkpoint trainable(Path folder, Device device) {
    return checkpoint(folder.resolve(ModelExport.WEIGHTS), "", device, true);
  }

  /** The tensors whose name starts with {@code prefix}, copied to {@code device}. */
  private static Checkpoint checkpoint(Path file, String prefix, Device device, boolean trainable) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    try (Scope scope = Scope.inference();
        SafeTensors saved = SafeTensors.open(file)) {
      for (String name : saved.names()) {
        if (name.startsWith(prefix)) {
          all.put(name, scope.keep(saved.get(name).to(DType.F32).copy().to(device)));
        }
      }
    }
    return new Checkpoint(file.toString(), all.keySet(), all::get, trainable);
  }
}
