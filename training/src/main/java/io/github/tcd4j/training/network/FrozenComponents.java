package io.github.tcd4j.training.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.clip.ClipTextModel;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorHash;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.training.dataset.FreshLatents;
import io.github.tcd4j.training.dataset.ImageDataset;
import io.github.tcd4j.training.dataset.LatentDataset;
import io.github.tcd4j.training.dataset.LatentSource;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The frozen networks around a diffusion U-Net: text encoder with its tokenizer, and autoencoder.
 *
 * @param files folder of the tokenizer
 * @param device where the networks are
 */
public record FrozenComponents(
    Path files, ClipTokenizer tokenizer, Text text, Vae vae, Device device) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TEXT_PREFIX = "text_model.";

  /** The text encoder, its configuration and its weights. */
  record Text(ClipTextConfig config, ClipTextModel model, Map<String, Tensor> weights) {}

  /** The autoencoder, its configuration and its weights. */
  record Vae(AutoencoderKLConfig config, AutoencoderKL model, Map<String, Tensor> weights) {}

  /**
   * Loads the text half of a text-image pair, and an autoencoder; they belong to the open scope.
   */
  public static FrozenComponents load(Path pair, Path autoencoder, Device device)
      throws IOException {
    Path tokenizer = ModelExport.tokenizer(pair);
    return new FrozenComponents(
        tokenizer,
        ClipTokenizer.load(tokenizer),
        loadText(pair, device),
        loadVae(autoencoder, device),
        device);
  }

  /** Loads the same networks out of a model folder in diffusers' layout. */
  public static FrozenComponents ofModel(Path folder, Device device) throws IOException {
    Path tokenizer = folder.resolve("tokenizer");
    return new FrozenComponents(
        tokenizer,
        ClipTokenizer.load(tokenizer),
        loadText(folder.resolve("text_encoder"), device),
        loadVae(folder.resolve("vae"), device),
        device);
  }

  private static Text loadText(Path folder, Device device) throws IOException {
    JsonNode json = JSON.readTree(folder.resolve("config.json").toFile());
    boolean pair = json.has("text_config");
    JsonNode own = pair ? json.get("text_config") : json;
    ClipTextConfig config = ClipTextConfig.of(own);
    // Of a pair only the half that is wanted; an encoder of its own may come without the prefix.
    String only = pair ? TEXT_PREFIX : null;
    Checkpoint checkpoint = checkpoint(folder.resolve("model.safetensors"), only, device);
    ClipTextModel model = ClipTextModel.of(Weights.of(checkpoint), config);
    return new Text(config, model, checkpoint.parameters());
  }

  private static Vae loadVae(Path folder, Device device) throws IOException {
    AutoencoderKLConfig config = AutoencoderKLConfig.read(folder.resolve("config.json"));
    Checkpoint checkpoint = checkpoint(folder.resolve(ModelExport.WEIGHTS), null, device);
    AutoencoderKL model = AutoencoderKL.of(Weights.of(checkpoint), config);
    return new Vae(config, model, checkpoint.parameters());
  }

  /** The weights of the network in {@code folder}, float32 leaves that want gradients. */
  public static Checkpoint trainable(Path folder, Device device) throws IOException {
    return checkpoint(folder.resolve(ModelExport.WEIGHTS), null, device, true);
  }

  /**
   * All tensors of a file, or those whose name starts with {@code only}, copied to {@code device}.
   */
  static Checkpoint checkpoint(Path file, @Nullable String only, Device device) throws IOException {
    return checkpoint(file, only, device, false);
  }

  private static Checkpoint checkpoint(
      Path file, @Nullable String only, Device device, boolean trainable) throws IOException {
    Map<String, Tensor> all = new LinkedHashMap<>();
    try (Scope scope = Scope.inference();
        SafeTensors saved = SafeTensors.open(file)) {
      for (String name : saved.names()) {
        if (only == null || name.startsWith(only)) {
          all.put(name, scope.keep(saved.get(name).to(DType.F32).copy().to(device)));
        }
      }
    }
    return new Checkpoint(file.toString(), all.keySet(), all::get, trainable);
  }

  /** The corpus at {@code data}: encoded as a whole, or batch by batch where it has no end. */
  public LatentSource latents(String data, TrainingEnvironment places) throws IOException {
    ImageDataset corpus = new ImageDataset(places.dataset(data), device);
    return corpus.isEndless()
        ? new FreshLatents(corpus, vae.model(), text.model(), tokenizer)
        : encode(corpus, places);
  }

  /** The corpus at {@code data} in latents and tokens, from the cache where it is there already. */
  public LatentDataset encode(String data, TrainingEnvironment places) throws IOException {
    return encode(new ImageDataset(places.dataset(data), device), places);
  }

  public LatentDataset encode(ImageDataset corpus, TrainingEnvironment places) throws IOException {
    return LatentDataset.of(
        places.cache().get("latents", fingerprint(corpus), () -> encoded(corpus, places).toMap()),
        device);
  }

  private LatentDataset encoded(ImageDataset corpus, TrainingEnvironment places) {
    return LatentDataset.encode(corpus, vae.model(), text.model(), tokenizer, places.check());
  }

  /** A hash of all that latents and tokens follow from: networks, pictures, and captions in ids. */
  private String fingerprint(ImageDataset corpus) {
    Sha256 sha = new Sha256();
    TensorHash.add(sha.add(text.config().toJson().toString()), text.weights());
    TensorHash.add(sha.add(vae.config().toJson()), vae.weights());
    try (Scope scope = Scope.inference()) {
      sha.add(tokenizer.encode(List.of("")).toByteArray());
      sha.add(tokenizer.encode(corpus.captions()).toByteArray());
    }
    corpus.addPixelsTo(sha);
    return sha.hex();
  }

  public Tensor tokens(List<String> captions) {
    return LatentDataset.encode(captions, text.model(), tokenizer, device);
  }

  /** Pictures (B, 3, H, W) in [-1, 1] of scaled latents. */
  Tensor decode(Tensor latents) {
    return vae.model().decode(latents.div(vae.config().scalingFactor())).clamp(-1, 1);
  }

  /** The schedule of every model that this project trains: that of Stable Diffusion. */
  public static VpSchedule schedule() {
    return VpSchedule.stableDiffusion();
  }

  /** Writes a model folder in diffusers' layout around a U-Net, float16, sampled by DDIM. */
  public void writeModel(Path folder, String unetConfig, Map<String, Tensor> unetWeights)
      throws IOException {
    writeModel(folder, unetConfig, unetWeights, JSON.readTree(SCHEDULER), Map.of());
  }

  /**
   * The same with another scheduler.
   *
   * @param scheduler its {@code scheduler_config.json}
   * @param header more that the file of the U-Net says of itself
   */
  public void writeModel(
      Path folder,
      String unetConfig,
      Map<String, Tensor> unetWeights,
      JsonNode scheduler,
      Map<String, String> header)
      throws IOException {
    ModelExport.writeNetwork(folder.resolve("unet"), unetConfig, unetWeights, DType.F16, header);
    ModelExport.writeNetwork(
        folder.resolve("vae"), vae.config().toJson(), vae.weights(), DType.F16, Map.of());
    ModelExport.writeModel(
        folder.resolve("text_encoder"),
        text.config().toJson().toPrettyString(),
        text.weights(),
        DType.F16);
    ModelExport.copyTokenizer(files, folder.resolve("tokenizer"));
    Files.createDirectories(folder.resolve("scheduler"));
    Files.writeString(
        folder.resolve("scheduler/scheduler_config.json"), scheduler.toPrettyString() + "\n");
    Files.writeString(
        folder.resolve("model_index.json"),
        INDEX.formatted(scheduler.required("_class_name").asText()));
  }

  private static final String SCHEDULER =
      """
      {
        "_class_name": "DDIMScheduler",
        "_diffusers_version": "0.42.1",
        "num_train_timesteps": 1000,
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "prediction_type": "epsilon",
        "clip_sample": false,
        "set_alpha_to_one": false,
        "steps_offset": 1,
        "timestep_spacing": "leading"
      }
      """;

  private static final String INDEX =
      """
      {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": "0.42.1",
        "feature_extractor": [null, null],
        "image_encoder": [null, null],
        "requires_safety_checker": false,
        "safety_checker": [null, null],
        "scheduler": ["diffusers", "%s"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"]
      }
      """;
}
