package io.github.tcd4j.pipeline.internal;

import io.github.tcd4j.files.Notes;
import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.clip.ClipTextModel;
import io.github.tcd4j.models.clip.ClipTextModelWithProjection;
import io.github.tcd4j.models.files.NonFinite;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.FileWeights;
import io.github.tcd4j.models.layers.Precision;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder.Part;
import io.github.tcd4j.pipeline.checkpoint.SEmbeddingFile;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.Prefetch;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The networks of a model, each read when it is first asked for. They own their parameters,
 * whatever scope is open when they are read, until they are let go.
 */
public final class LoadedModel implements AutoCloseable {
  private static final Set<Part> TEXT = EnumSet.of(Part.TEXT_ENCODER, Part.TEXT_ENCODER_2);

  public final Device device;
  private final ModelFolder folder;
  private final boolean keep;
  private final @Nullable SEmbeddingFile sidecar;

  private Precision precision = Precision.FULL;

  /** What LoRAs make of the weights; null where the tensors that it needs have been freed. */
  private @Nullable Map<Part, Map<String, UnaryOperator<Tensor>>> changes = Map.of();

  private Notes notes = new Notes() {};

  private @Nullable List<TextEncoder> towers;
  private @Nullable UNet2DConditionModel unet;
  private @Nullable AutoencoderKL vae;

  /** By which the U-Net is told s; empty where it is blind to it. */
  private final List<DestinationEmbedding> destinations = new ArrayList<>();

  private final Map<Part, NetworkFile> files = new EnumMap<>(Part.class);

  /** Of these networks, the weights are what {@link #changes} make of them. */
  private final Set<Part> current = EnumSet.noneOf(Part.class);

  private final Set<Part> told = EnumSet.noneOf(Part.class);

  /**
   * @param keep whether {@link #done} keeps them all the same
   */
  public LoadedModel(ModelFolder folder, Device device, boolean keep) {
    this.device = device.requireAvailable();
    this.folder = folder;
    this.keep = keep;
    requireThatTextFits();
    sidecar = SEmbeddingFile.of(folder).orElse(null);
  }

  private void requireThatTextFits() {
    List<ClipTextConfig> texts =
        folder.parts().stream().filter(TEXT::contains).map(folder::text).toList();
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
          (folder.config(Part.UNET) + ": " + key + " is " + has + " but the text encoders give ")
              + (needed + "; are these parts of one model?"));
    }
  }

  /** Whether what LoRAs act on is in memory already as they make it, in that precision. */
  public boolean stand(Precision wanted) {
    return towers != null
        && unet != null
        && wanted.equals(precision)
        && current.containsAll(files.keySet());
  }

  /**
   * How the networks are to be from now on; those of another precision are let go.
   *
   * @param wanted of U-Net and autoencoder
   * @param weights what LoRAs make of the weights in the scope that is open now; null where nothing
   *     changes and they {@link #stand}
   */
  public void use(
      Precision wanted,
      @Nullable Map<Part, Map<String, UnaryOperator<Tensor>>> weights,
      Notes listener) {
    notes = listener;
    if (!wanted.equals(precision)) {
      letGo(Set.of(Part.UNET, Part.VAE));
      precision = wanted;
    }
    if (weights != null) {
      current.retainAll(Set.of(Part.VAE)); // which no LoRA acts on
      changes = weights;
    }
  }

  /** The scope closes in which what LoRAs make of the weights could be computed. */
  public void endChanges() {
    changes = null;
  }

  private Map<String, UnaryOperator<Tensor>> changes(Part part) {
    if (part == Part.VAE) {
      return Map.of();
    }
    if (changes == null) {
      throw new IllegalStateException(
          part.folder + " must be read in the scope of the request that chose its LoRAs");
    }
    return changes.getOrDefault(part, Map.of());
  }

  /**
   * What travels with the calls of a network that has been read: its LoRAs. Changed weights are
   * made here, of those in the file that is still open, so that no network is read again.
   */
  private Adapters adapters(Part part) {
    NetworkFile network = files.get(part);
    if (network == null) {
      return Adapters.NONE;
    }
    if (!current.contains(part)) {
      // An interrupt closes the file: then the next request reads the network anew.
      complete(
          TEXT.contains(part) ? TEXT : Set.of(part),
          () -> {
            network.weights().fuse(changes(part));
            return part;
          });
      current.add(part);
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
    return folder.parts().stream().filter(TEXT::contains).map(this::tower).toList();
  }

  public UNet2DConditionModel unet() {
    if (unet == null) {
      unet = complete(Set.of(Part.UNET), this::readUNet);
    }
    return unet;
  }

  /** The LoRAs that travel with the calls of the {@link #unet}. */
  public Adapters unetAdapters() {
    unet();
    return adapters(Part.UNET);
  }

  private UNet2DConditionModel readUNet() {
    UNet2DConditionModel network =
        read(Part.UNET, precision, (file, w) -> UNet2DConditionModel.of(w, folder.unet()));
    if (sidecar != null) {
      readDestination(sidecar);
    }
    return network;
  }

  /** What {@code reading} gives; nothing of these parts stays where it fails half-way. */
  private <T> T complete(Set<Part> parts, Supplier<T> reading) {
    boolean done = false;
    try {
      T read = reading.get();
      done = true;
      return read;
    } finally {
      if (!done) {
        letGo(parts);
      }
    }
  }

  private void readDestination(SEmbeddingFile file) {
    try (Scope scope = Scope.inference()) {
      DestinationEmbedding embedding = file.read(folder.unet(), device);
      embedding.parameters().values().forEach(scope::disown);
      destinations.add(embedding);
      notes.note("the U-Net is told the destination by " + file.file());
    }
  }

  /** What tells the U-Net, when it stands, the destination s. */
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
  @Nullable AutoencoderKL fullVae() {
    if (vaePrecision().equals(Precision.FULL)) {
      return null;
    }
    letGo(Set.of(Part.VAE));
    vae = readVae(Precision.FULL);
    return vae;
  }

  /** Lets it go, so that it is read in its own precision when it is next asked for. */
  void dropVae() {
    letGo(Set.of(Part.VAE));
  }

  private AutoencoderKL readVae(Precision numbers) {
    return read(Part.VAE, numbers, (file, w) -> AutoencoderKL.of(w, folder.vae()));
  }

  private TextEncoder tower(Part part) {
    ClipTextConfig config = folder.text(part);
    // Once a picture it is as fast to convert a layer where it is used; for many it is not.
    boolean once = !keep || !precision.equals(Precision.FULL);
    return read(
        part,
        once ? Precision.AS_STORED : Precision.FULL,
        (file, w) -> {
          if (part == Part.TEXT_ENCODER) {
            ClipTextModel one = ClipTextModel.of(w, config);
            return new TextEncoder(folder.tokenizer(part), one, null, file.fused());
          }
          ClipTextModelWithProjection two = ClipTextModelWithProjection.of(w, config);
          return new TextEncoder(
              folder.tokenizer(part), two.text(), two.projection(), file.fused());
        });
  }

  private <T> T read(Part part, Precision numbers, BiFunction<FileWeights, Weights, T> build) {
    Prefetch.begin(folder.weights(part));
    TensorFile file = folder.openWeights(part);
    String origin = folder.weights(part).toString();
    FileWeights weights = new FileWeights(origin, file, numbers, device, changes(part));
    NetworkFile opened = new NetworkFile(weights, file);
    files.put(part, opened);
    T network = complete(Set.of(part), () -> opened.read(w -> build.apply(weights, w)));
    current.add(part);
    tell(part, origin, weights.unread());
    return network;
  }

  private void tell(Part part, String origin, List<String> unread) {
    if (!unread.isEmpty() && told.add(part)) {
      String first = String.join(", ", unread.subList(0, Math.min(5, unread.size())));
      notes.note(
          (origin + " holds " + unread.size() + " tensors that nobody reads: ")
              + (first + (unread.size() > 5 ? ", ..." : "")));
    }
  }

  /** What to say of the first weight of these that is not finite; empty where all are. */
  public Optional<String> damage(Part... parts) {
    for (Part part : parts) {
      if (folder.parts().contains(part)) {
        try (TensorFile file = folder.openWeights(part)) {
          Optional<String> name = NonFinite.in(file);
          if (name.isPresent()) {
            return name.map(n -> NonFinite.sentence(folder.weights(part), n));
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

  /** These have done their part of a picture. */
  public void done(Part... parts) {
    if (!keep) {
      letGo(Set.of(parts));
    }
  }

  private void letGo(Set<Part> parts) {
    boolean any = false;
    for (Part part : parts) {
      current.remove(part);
      NetworkFile network = files.remove(part);
      if (network != null) {
        network.close();
        any = true;
      }
    }
    towers = parts.stream().anyMatch(TEXT::contains) ? null : towers;
    if (parts.contains(Part.UNET)) {
      unet = null;
      destinations.forEach(d -> d.parameters().values().forEach(Tensor::close));
      destinations.clear();
    }
    vae = parts.contains(Part.VAE) ? null : vae;
    if (any) {
      Engine.giveBackMemory();
    }
  }

  @Override
  public void close() {
    letGo(EnumSet.allOf(Part.class));
  }
}
