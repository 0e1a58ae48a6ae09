package io.github.tcd4j.pipeline.internal;

import io.github.tcd4j.files.Notes;
import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.clip.ClipTextModel;
import io.github.tcd4j.models.clip.ClipTextModelWithProjection;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.files.NonFinite;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.FileWeights;
import io.github.tcd4j.models.layers.Precision;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.checkpoint.SEmbeddingFile;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.Prefetch;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The networks of a model, each read when it is first needed. They own their parameters, whatever
 * scope is open when they are read, until they are freed. For training they are read {@link
 * #differentiable} instead.
 */
public final class LoadedModel implements AutoCloseable {
  private static final Set<Component> TEXT =
      EnumSet.of(Component.TEXT_ENCODER, Component.TEXT_ENCODER_2);

  public final Device device;
  private final ModelFolder folder;
  private final boolean keep;
  private final boolean differentiable;
  private final @Nullable SEmbeddingFile sidecar;

  private Precision precision = Precision.FULL;

  /** What LoRAs make of the weights; null where the tensors that it needs have been freed. */
  private @Nullable Map<Component, Map<String, UnaryOperator<Tensor>>> changes = Map.of();

  private Notes notes = Notes.NONE;

  private @Nullable List<TextEncoder> towers;
  private @Nullable UNet2DConditionModel unet;
  private @Nullable AutoencoderKL vae;

  /** The s-embeddings of the U-Net; empty where it is not conditioned on s. */
  private final List<DestinationEmbedding> destinations = new ArrayList<>();

  private final Map<Component, Map<String, Tensor>> owned = new EnumMap<>(Component.class);

  private final Map<Component, NetworkFile> files = new EnumMap<>(Component.class);

  /** Of these networks, the weights are what {@link #changes} make of them. */
  private final Set<Component> current = EnumSet.noneOf(Component.class);

  private final Set<Component> reported = EnumSet.noneOf(Component.class);

  /**
   * @param keep whether {@link #done} keeps them all the same
   */
  public LoadedModel(ModelFolder folder, Device device, boolean keep) {
    this(folder, device, keep, false);
  }

  /**
   * A model for training: float32 copies, whatever the files store, through which gradients pass.
   * Each network belongs to the scope that is open when it is first needed, not to this object,
   * which need not be closed.
   *
   * @param notes receives what is odd about the files
   */
  public static LoadedModel differentiable(ModelFolder folder, Device device, Notes notes) {
    LoadedModel model = new LoadedModel(folder, device, true, true);
    model.notes = notes;
    return model;
  }

  private LoadedModel(ModelFolder folder, Device device, boolean keep, boolean differentiable) {
    this.differentiable = differentiable;
    this.device = device.requireAvailable();
    this.folder = folder;
    this.keep = keep;
    requireThatTextFits();
    sidecar = SEmbeddingFile.of(folder).orElse(null);
  }

  private void requireThatTextFits() {
    List<ClipTextConfig> texts =
        folder.components().stream().filter(TEXT::contains).map(folder::text).toList();
    int channels = texts.stream().mapToInt(ClipTextConfig::hiddenSize).sum();
    var config = folder.unet();
    fits("cross_attention_dim", config.crossAttentionDim().get(0), channels);
    if (config.textTime()) {
      fits(
          "projection_class_embeddings_input_dim",
          config.projectionClassEmbeddingsInputDim(),
          6 * config.additionTimeEmbedDim() + texts.get(texts.size() - 1).projectionDim());
    }
  }

  private void fits(String key, int has, int needed) {
    if (has != needed) {
      throw new ModelException(
          (folder.config(Component.UNET)
                  + ": "
                  + key
                  + " is "
                  + has
                  + " but the text encoders give ")
              + (needed + "; do these components belong to one model?"));
    }
  }

  /**
   * Whether the networks that LoRAs change are in memory already, changed so, in that precision.
   */
  public boolean isInMemory(Precision required) {
    return towers != null
        && unet != null
        && required.equals(precision)
        && current.containsAll(files.keySet());
  }

  /**
   * How the networks are to be from now on; those of another precision are freed.
   *
   * @param required of U-Net and autoencoder
   * @param weights what LoRAs make of the weights in the scope that is open now; null where nothing
   *     changes and they are {@link #isInMemory in memory}
   */
  public void use(
      Precision required,
      @Nullable Map<Component, Map<String, UnaryOperator<Tensor>>> weights,
      Notes listener) {
    notes = listener;
    if (!required.equals(precision)) {
      free(Set.of(Component.UNET, Component.VAE));
      precision = required;
    }
    if (weights != null) {
      current.retainAll(Set.of(Component.VAE)); // which no LoRA acts on
      changes = weights;
    }
  }

  /** The scope closes in which what LoRAs make of the weights could be computed. */
  public void endChanges() {
    changes = null;
  }

  private Map<String, UnaryOperator<Tensor>> changes(Component component) {
    if (component == Component.VAE) {
      return Map.of();
    }
    if (changes == null) {
      throw new IllegalStateException(
          component.folder() + " must be read in the scope of the request that chose its LoRAs");
    }
    return changes.getOrDefault(component, Map.of());
  }

  /**
   * What travels with the calls of a network that has been read: its LoRAs. Changed weights are
   * made here, of those in the file that is still open, so that no network is read again.
   */
  private Adapters adapters(Component component) {
    NetworkFile network = files.get(component);
    if (network == null) {
      return Adapters.NONE;
    }
    if (!current.contains(component)) {
      // An interrupt closes the file: then the next request reads the network anew.
      complete(
          TEXT.contains(component) ? TEXT : Set.of(component),
          () -> {
            network.weights().fuse(changes(component));
            return component;
          });
      current.add(component);
      Engine.giveBackMemory();
    }
    return network.weights().fused();
  }

  /** The text encoders in order. */
  public List<TextEncoder> towers() {
    if (towers == null) {
      towers = complete(TEXT, this::readTowers);
    }
    TEXT.forEach(this::adapters);
    return towers;
  }

  private List<TextEncoder> readTowers() {
    return folder.components().stream().filter(TEXT::contains).map(this::tower).toList();
  }

  public UNet2DConditionModel unet() {
    if (unet == null) {
      unet = complete(Set.of(Component.UNET), this::readUNet);
    }
    return unet;
  }

  /** The LoRAs that travel with the calls of the {@link #unet}. */
  public Adapters unetAdapters() {
    unet();
    return adapters(Component.UNET);
  }

  private UNet2DConditionModel readUNet() {
    UNet2DConditionModel network =
        read(Component.UNET, precision, (lora, w) -> UNet2DConditionModel.of(w, folder.unet()));
    if (sidecar != null) {
      readDestination(sidecar);
    }
    return network;
  }

  /** What {@code reading} gives; nothing of these components stays where it fails half-way. */
  private <T> T complete(Set<Component> components, Supplier<T> reading) {
    boolean done = false;
    try {
      T read = reading.get();
      done = true;
      return read;
    } finally {
      if (!done) {
        free(components);
      }
    }
  }

  private void readDestination(SEmbeddingFile file) {
    try (Scope scope = Scope.inference()) {
      DestinationEmbedding embedding = file.read(folder.unet(), device);
      embedding.parameters().values().forEach(t -> own(scope, t));
      destinations.add(embedding);
      notes.note("the U-Net is conditioned on the destination s by " + file.file());
    }
  }

  /** The s-embeddings of the U-Net, once it is in memory. */
  public List<DestinationEmbedding> destinations() {
    return destinations;
  }

  public AutoencoderKL vae() {
    if (vae == null) {
      vae = readVae(vaePrecision());
    }
    return vae;
  }

  /** Float32 where the model says that its autoencoder overflows float16, as SDXL's does. */
  private Precision vaePrecision() {
    boolean upcast = precision.storage() == DType.F16 && folder.upcastsVae();
    return upcast ? Precision.FULL : precision;
  }

  /** The autoencoder in float32; null where it is that already. */
  public @Nullable AutoencoderKL fullVae() {
    if (vaePrecision().equals(Precision.FULL)) {
      return null;
    }
    free(Set.of(Component.VAE));
    vae = readVae(Precision.FULL);
    return vae;
  }

  /** Frees it, so that it is read in its own precision when it is next needed. */
  public void dropVae() {
    free(Set.of(Component.VAE));
  }

  private AutoencoderKL readVae(Precision numbers) {
    return read(Component.VAE, numbers, (lora, w) -> AutoencoderKL.of(w, folder.vae()));
  }

  private TextEncoder tower(Component component) {
    ClipTextConfig config = folder.text(component);
    // Once a picture it is as fast to convert a layer where it is used; for many it is not.
    boolean once = !keep || !precision.equals(Precision.FULL);
    return read(
        component,
        once ? Precision.AS_STORED : Precision.FULL,
        (lora, w) -> {
          if (component == Component.TEXT_ENCODER) {
            ClipTextModel one = ClipTextModel.of(w, config);
            return new TextEncoder(folder.tokenizer(component), one, null, lora);
          }
          ClipTextModelWithProjection two = ClipTextModelWithProjection.of(w, config);
          return new TextEncoder(folder.tokenizer(component), two.text(), two.projection(), lora);
        });
  }

  private <T> T read(
      Component component, Precision numbers, BiFunction<Adapters, Weights, T> build) {
    Prefetch.begin(folder.weights(component));
    return differentiable ? copied(component, build) : mapped(component, numbers, build);
  }

  private <T> T mapped(
      Component component, Precision numbers, BiFunction<Adapters, Weights, T> build) {
    TensorFile file = folder.openWeights(component);
    String origin = folder.weights(component).toString();
    FileWeights weights = new FileWeights(origin, file, numbers, device, changes(component));
    NetworkFile opened = new NetworkFile(weights, file);
    files.put(component, opened);
    T network =
        complete(Set.of(component), () -> opened.read(w -> build.apply(weights.fused(), w)));
    current.add(component);
    owned.put(component, weights.parameters());
    reportUnused(component, origin, weights.unread());
    return network;
  }

  private <T> T copied(Component component, BiFunction<Adapters, Weights, T> build) {
    try (TensorFile file = folder.openWeights(component);
        Scope scope = Scope.inference()) {
      String origin = folder.weights(component).toString();
      Checkpoint weights = new Checkpoint(origin, Set.copyOf(file.names()), copies(file), false);
      T network = build.apply(Adapters.NONE, Weights.of(weights));
      weights.parameters().values().forEach(scope::keep);
      owned.put(component, new LinkedHashMap<>(weights.parameters()));
      reportUnused(component, origin, weights.unread());
      return network;
    }
  }

  /** Copies, since the file is closed while they are in use. */
  private Function<String, Tensor> copies(TensorFile file) {
    return name -> file.get(name).to(DType.F32).copy().to(device);
  }

  private void own(Scope scope, Tensor t) {
    if (differentiable) {
      scope.keep(t);
    } else {
      scope.disown(t);
    }
  }

  /** The weights of a network that has been read, by name in the order of its layers. */
  public Map<String, Tensor> parameters(Component component) {
    return Collections.unmodifiableMap(owned.getOrDefault(component, Map.of()));
  }

  private void reportUnused(Component component, String origin, List<String> unread) {
    if (!unread.isEmpty() && reported.add(component)) {
      String first = String.join(", ", unread.subList(0, Math.min(5, unread.size())));
      notes.note(
          (origin + " has " + unread.size() + " unused tensors: ")
              + (first + (unread.size() > 5 ? ", ..." : "")));
    }
  }

  /** What to say of the first weight of these that is not finite; empty where all are. */
  public Optional<String> damage(Component... components) {
    for (Component component : components) {
      if (folder.components().contains(component)) {
        try (TensorFile file = folder.openWeights(component)) {
          Optional<String> name = NonFinite.in(file);
          if (name.isPresent()) {
            return name.map(n -> NonFinite.sentence(folder.weights(component), n));
          }
        }
      }
    }
    return Optional.empty();
  }

  /** Reads all of them, to the last page. */
  public void readAll() {
    towers();
    unet();
    vae();
    files.values().forEach(NetworkFile::bringIn);
  }

  /** These are not needed for the current pictures any more. */
  public void done(Component... components) {
    if (!keep) {
      free(Set.of(components));
    }
  }

  private void free(Set<Component> components) {
    boolean any = false;
    for (Component component : components) {
      owned.remove(component);
      current.remove(component);
      NetworkFile network = files.remove(component);
      if (network != null) {
        network.close();
        any = true;
      }
    }
    towers = components.stream().anyMatch(TEXT::contains) ? null : towers;
    if (components.contains(Component.UNET)) {
      unet = null;
      destinations.forEach(d -> d.parameters().values().forEach(Tensor::close));
      destinations.clear();
    }
    vae = components.contains(Component.VAE) ? null : vae;
    if (any) {
      Engine.giveBackMemory();
    }
  }

  @Override
  public void close() {
    free(EnumSet.allOf(Component.class));
  }
}
