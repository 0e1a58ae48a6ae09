package io.github.tcd4j.pipeline.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.files.FileCache;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.files.Family;
import io.github.tcd4j.models.files.VaeFile;
import io.github.tcd4j.models.files.quantized.ScaledTensors;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.vae.AutoencoderConfig;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.tensor.file.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model in the layout of diffusers: {@code model_index.json} and a folder for each component.
 * Weights may be one safetensors file or shards with an index, or pickles of {@code torch.save}, in
 * full precision or in a variant such as {@code .fp16.safetensors}; see {@link WeightFiles#find}
 * for which is read where several are there.
 *
 * @param name what the user calls the model
 * @param root the folder, or the one that the single file is in
 * @param file the single file that all of it is read from; null for a folder
 * @param others where components are that it leaves out or that replace its own
 * @param otherVae the autoencoder in the place of its own; null for its own
 * @param prediction what the network predicts, by diffusers' names, where the user knows better
 *     than the files
 */
public record ModelFolder(
    String name,
    Path root,
    @Nullable SingleFileModel file,
    ComponentOverrides others,
    @Nullable VaeOverride otherVae,
    @Nullable String prediction) {
  private static final String INDEX = "model_index.json";

  /** The scaling factor of every upscaler's autoencoder. */
  private static final double UPSCALER_FACTOR = 0.08333;

  /** Models, and for each kind of file networks, of which a process keeps what it read. */
  private static final int KNOWN = 64;

  private static final FileCache<String> FINGERPRINTS = new FileCache<>(KNOWN);
  private static final FileCache<JsonNode> JSON = new FileCache<>(KNOWN);
  private static final FileCache<UNet2DConditionConfig> UNETS = new FileCache<>(KNOWN);
  private static final FileCache<AutoencoderConfig> VAES = new FileCache<>(KNOWN);
  private static final FileCache<ClipTextConfig> TEXTS = new FileCache<>(KNOWN);

  /**
   * Opens a folder or a single file, whose name is its path.
   *
   * @throws ModelException if it is none, holds another kind of model, or lacks components, which
   *     are all named
   */
  public static ModelFolder open(Path root) {
    return open(root.toString(), root);
  }

  /**
   * Opens a folder.
   *
   * @throws ModelException if it is none, holds another kind of model, or lacks components, which
   *     are all named
   */
  public static ModelFolder open(String name, Path root) {
    return open(name, root, ComponentOverrides.NONE);
  }

  /**
   * Opens a folder, or a single file with ldm's or sgm's key names.
   *
   * @param others where components are that the model leaves out or that replace its own
   * @throws InvalidRequestException if one of these does not exist
   */
  public static ModelFolder open(String name, Path root, ComponentOverrides others) {
    others.requireExisting();
    if (Files.isRegularFile(root)) {
      Path parent = root.toAbsolutePath().getParent();
      SingleFileModel file = SingleFileModel.open(root, others);
      Path around = parent == null ? Path.of("") : parent;
      return new ModelFolder(name, around, file, others, null, null).withOtherVae();
    }
    if (!Files.isDirectory(root)) {
      throw new InvalidRequestException("model " + root + " does not exist");
    }
    ModelFolder folder = new ModelFolder(name, root, null, others, null, null);
    folder.requireParts(others.vae() == null);
    return folder.withOtherVae();
  }

  private ModelFolder withOtherVae() {
    Path vae = others.vae();
    if (vae == null) {
      return this;
    }
    boolean has =
        file != null ? file.weights().has(Component.VAE) : Files.exists(config(Component.VAE));
    AutoencoderConfig own = has ? autoencoder() : VaeFile.usual(family() == Family.SDXL);
    VaeOverride other = VaeOverride.of(vae, own);
    int channels = unet().outChannels();
    if (other.config().latentChannels() != channels) {
      throw new ModelException(
          ("autoencoder " + vae + " has latents of " + other.config().latentChannels())
              + (" channels but those of " + name + " have " + channels)
              + "; use an autoencoder of the model's own family");
    }
    if (upscales() && has && other.config().downscale() != own.downscale()) {
      throw new ModelException(
          ("autoencoder " + vae + " makes " + other.config().downscale() + " pixels of a latent")
              + (" element but that of the upscaler " + name + " " + own.downscale())
              + "; use one that was trained for it");
    }
    return new ModelFolder(name, root, file, others, other, prediction);
  }

  /**
   * The same model, whose network has the prediction type that the user set. A single file's size
   * depends on it.
   *
   * @param kind {@code epsilon}, {@code v_prediction} or {@code sample}; null changes nothing
   * @throws io.github.tcd4j.files.InvalidRequestException if it is none of these
   */
  public ModelFolder predicting(@Nullable String kind) {
    if (kind == null || kind.equals(prediction)) {
      return this;
    }
    Prediction.Kind.parse(kind);
    SingleFileModel other = file == null ? null : file.predicting(kind);
    return new ModelFolder(name, root, other, others, otherVae, kind);
  }

  /** What the user should know of the files before anything is read. */
  public List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (file != null) {
      notes.addAll(file.notes());
    }
    if (otherVae != null) {
      notes.add(otherVae.sentence());
    }
    if (upscales() && savedVae().scalingFactor() != UPSCALER_FACTOR) {
      notes.add(
          (config(Component.VAE) + " has scaling_factor " + savedVae().scalingFactor())
              + (", which an upscaler's is not; " + UPSCALER_FACTOR + " is used, as in diffusers"));
    }
    return notes;
  }

  /** Whether it is an upscaler, which reads a small picture next to its latents. */
  public boolean upscales() {
    return file == null ? PipelineClass.upscales(index()) : file.weights().upscales();
  }

  /** How an upscaler adds noise to the small picture; null for any other model. */
  public @Nullable LowResScheduler lowResScheduler() {
    JsonNode config = lowResSchedulerConfig();
    return config == null ? null : LowResScheduler.of(this, config);
  }

  /** The {@code scheduler_config.json} of that; null for any other model. */
  public @Nullable JsonNode lowResSchedulerConfig() {
    if (!upscales()) {
      return null;
    }
    return file != null ? file.lowResSchedulerConfig() : json(lowResConfig()).node().deepCopy();
  }

  /** The file that declares it. */
  Path lowResConfig() {
    return file != null ? file.path() : root.resolve(LowResScheduler.CONFIG);
  }

  private ConfigFields index() {
    return json(root.resolve(INDEX));
  }

  private static ConfigFields json(Path file) {
    JsonNode node = JSON.get(file, () -> ConfigFields.read(file).node());
    return new ConfigFields(file.toString(), node);
  }

  /** Its generation of Stable Diffusion; of a folder by its pipeline class and its U-Net. */
  public Family family() {
    return file != null ? file.family() : PipelineClass.family(index(), unet());
  }

  /** Whether an absent negative prompt is a row of zeros, not the encoding of no words. */
  public boolean zerosWithoutNegative() {
    return family() == Family.SDXL
        && (file != null
            ? file.zerosWithoutNegative()
            : index().flag("force_zeros_for_empty_prompt", true));
  }

  /** Whether the autoencoder decodes in float32 where the model is in float16. */
  public boolean upcastsVae() {
    return (family() == Family.SDXL || upscales()) && autoencoder().forceUpcast();
  }

  /** The networks that a model of this family has. */
  public List<Component> components() {
    return components(file != null ? file.family() == Family.SDXL : PipelineClass.isXl(index()));
  }

  static List<Component> components(boolean xl) {
    return xl
        ? List.of(Component.values())
        : List.of(Component.UNET, Component.TEXT_ENCODER, Component.VAE);
  }

  private void requireParts(boolean vae) {
    List<String> missing = new ArrayList<>();
    need(missing, INDEX);
    need(missing, "scheduler/scheduler_config.json");
    if (missing.isEmpty() && upscales()) {
      need(missing, LowResScheduler.CONFIG);
    }
    for (Component component :
        missing.contains(INDEX) ? List.of(Component.UNET, Component.VAE) : components()) {
      if (component == Component.VAE && !vae) {
        continue;
      }
      need(missing, component.folder() + "/config.json");
      if (findWeights(component) == null) {
        missing.add(component.folder() + "/" + component.weightsStem() + ".safetensors");
      }
      String words = component.tokenizer();
      if (words != null && !Files.exists(root.resolve(words + "/tokenizer.json"))) {
        need(missing, words + "/vocab.json");
        need(missing, words + "/merges.txt");
      }
    }
    if (!missing.isEmpty()) {
      throw new ModelException("model folder " + root + " lacks " + String.join(", ", missing));
    }
  }

  private void need(List<String> missing, String file) {
    if (!Files.isRegularFile(root.resolve(file))) {
      missing.add(file);
    }
  }

  private @Nullable Path findWeights(Component component) {
    Path folder = folder(component);
    return folder == null ? null : WeightFiles.find(folder, component.weightsStem());
  }

  /** The folder of a network; null where it is inside a single file. */
  private @Nullable Path folder(Component component) {
    return file != null ? file.external(component) : root.resolve(component.folder());
  }

  /** The file, or the index of the shards, of a network. */
  public Path weights(Component component) {
    if (component == Component.VAE && otherVae != null) {
      return otherVae.weights();
    }
    Path found = file != null && folder(component) == null ? file.path() : findWeights(component);
    if (found == null) {
      throw new ModelException(
          "model folder " + root + " lacks the weights of " + component.folder());
    }
    return found;
  }

  public TensorFile openWeights(Component component) {
    if (component == Component.VAE && otherVae != null) {
      return otherVae.open();
    }
    return file != null && folder(component) == null
        ? file.weights().part(component)
        : ScaledTensors.open(weights(component));
  }

  /**
   * A hash by which a picture remembers the weights that made it: of samples of each file, those of
   * shards among them, so that it takes no time; files that did not change are not read again.
   */
  public String fingerprint() {
    List<Path> files =
        components().stream()
            .map(this::weights)
            .distinct()
            .flatMap(f -> TensorFile.files(f).stream())
            .collect(Collectors.toCollection(ArrayList::new));
    if (otherVae != null) {
      files.addAll(otherVae.others());
    }
    return FINGERPRINTS.get(
        files,
        () -> {
          Sha256 sha = new Sha256();
          files.forEach(sha::sample);
          return sha.brief();
        });
  }

  /** A hash of the same, and of configurations, scheduler and tokenizers. */
  public String identity() {
    Sha256 sha = new Sha256().add(fingerprint());
    sha.add(schedulerConfig().toString()).add(unet().toJson()).add(autoencoder().toJson());
    LowResScheduler lowRes = lowResScheduler();
    if (lowRes != null) {
      sha.add(String.valueOf(lowResSchedulerConfig())).add(String.valueOf(lowRes.most()));
    }
    for (Component component : components()) {
      if (component.isText()) {
        sha.add(text(component).toJson().toString());
        Path words = tokenizerFolder(component);
        TextFiles.in(words).forEach(sha::add);
      }
    }
    return sha.brief();
  }

  /** The guidance that the U-Net was distilled with; null where its weights do not say. */
  public @Nullable DistilledGuidance guidance() {
    try (TensorFile weights = openWeights(Component.UNET)) {
      return DistilledGuidance.of(weights.metadata());
    }
  }

  /** The file that declares the shape of a network. */
  public Path config(Component component) {
    Path folder = folder(component);
    return folder == null && file != null
        ? file.path()
        : (folder == null ? root.resolve(component.folder()) : folder).resolve("config.json");
  }

  public UNet2DConditionConfig unet() {
    Path config = config(Component.UNET);
    return file != null
        ? file.weights().unet()
        : UNETS.get(config, () -> UNet2DConditionConfig.read(config));
  }

  /**
   * That of a full autoencoder.
   *
   * @throws ModelException if the model has a tiny one
   */
  public AutoencoderKLConfig vae() {
    if (autoencoder() instanceof AutoencoderKLConfig full) {
      return full;
    }
    throw new ModelException(
        (name + " has a tiny autoencoder, which can decode and encode pictures but is not what is")
            + " needed here; use the full one of its family",
        Hint.OTHER_VAE);
  }

  /** The shape of its autoencoder, full or tiny. */
  public AutoencoderConfig autoencoder() {
    AutoencoderConfig saved = savedVae();
    // diffusers' pipeline overrides what other files say, since the first ones said nothing.
    return upscales() && saved instanceof AutoencoderKLConfig full
        ? full.withScalingFactor(UPSCALER_FACTOR)
        : saved;
  }

  private AutoencoderConfig savedVae() {
    if (otherVae != null) {
      return otherVae.config();
    }
    Path config = config(Component.VAE);
    return file != null ? file.weights().vae() : VAES.get(config, () -> VaeOverride.config(config));
  }

  public ClipTextConfig text(Component component) {
    return file != null && folder(component) == null
        ? file.weights().text(component)
        : TEXTS.get(config(component), () -> ClipTextConfig.read(config(component)));
  }

  /** The tokenizer that feeds a text encoder. */
  public ClipTokenizer tokenizer(Component component) {
    String words = component.tokenizer();
    if (words == null) {
      throw new IllegalArgumentException(component + " has no tokenizer");
    }
    return file != null ? file.tokenizer(component) : ClipTokenizer.load(root.resolve(words));
  }

  /** Where the files of that tokenizer are; null where it is CLIP's own. */
  public @Nullable Path tokenizerFolder(Component component) {
    return file != null
        ? file.tokenizerFolder(component)
        : root.resolve(String.valueOf(component.tokenizer()));
  }

  /** A {@code model_index.json} by which diffusers opens the parts. */
  public JsonNode indexJson() {
    return file != null ? file.indexJson() : index().node().deepCopy();
  }

  /** The model's {@code scheduler_config.json}, from which every sampler takes its rules. */
  public JsonNode schedulerConfig() {
    JsonNode config =
        file != null
            ? file.schedulerConfig()
            : json(root.resolve("scheduler/scheduler_config.json")).node();
    return prediction == null
        ? config.deepCopy()
        : config.<ObjectNode>deepCopy().put("prediction_type", prediction);
  }

  /** The layers that a LoRA of this model can change. */
  public Map<Component, List<LayerShape>> layers() {
    Map<Component, List<LayerShape>> layers = new EnumMap<>(Component.class);
    for (Component component : components()) {
      if (component != Component.VAE) {
        try (TensorFile weights = openWeights(component)) {
          layers.put(component, LayerShape.of(weights));
        }
      }
    }
    return layers;
  }

  /** The LoRA files in the model's own {@code loras} folder, by name. */
  public List<Path> ownLoras() {
    Path folder = root.resolve("loras");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(f -> f.toString().endsWith(".safetensors") && !DestinationEmbedding.isOne(f))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new ModelException("cannot list " + folder + ": " + e.getMessage(), e);
    }
  }

  /** Their names, by which {@link #lora} finds them. */
  public List<String> ownLoraNames() {
    return ownLoras().stream().map(ModelFolder::loraName).toList();
  }

  /**
   * The file of a LoRA that the user named: a path, or the name of one of {@link #ownLoras}.
   *
   * @throws InvalidRequestException if it is neither
   */
  public Path lora(String name) {
    Path file = Path.of(name);
    if (Files.isRegularFile(file)) {
      return file;
    }
    Path own = root.resolve("loras").resolve(name + ".safetensors");
    if (file.getNameCount() == 1 && Files.exists(own)) {
      return own;
    }
    throw new InvalidRequestException(
        "LoRA " + name + " does not exist" + (ownLoras().isEmpty() ? "" : "; " + ownNames()));
  }

  private String ownNames() {
    return "the model's own are " + ownLoraNames();
  }

  /** The name by which {@link #lora} finds an own LoRA. */
  public static String loraName(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.substring(0, name.length() - ".safetensors".length());
  }
}
