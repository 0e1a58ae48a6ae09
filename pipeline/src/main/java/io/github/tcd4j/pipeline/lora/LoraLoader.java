package io.github.tcd4j.pipeline.lora;

import io.github.tcd4j.files.Notes;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.lora.FusedLora;
import io.github.tcd4j.models.lora.LoraAdapter;
import io.github.tcd4j.models.lora.LoraBinding;
import io.github.tcd4j.models.lora.LoraFile;
import io.github.tcd4j.models.lora.LoraMatchReport;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.models.motion.MotionKeys;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.MotionSource;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.checkpoint.SEmbeddingFile;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The LoRAs that a model generates with at the moment: what they make of its weights. The changed
 * weights travel with the calls of the networks and cost nothing in the steps. Others, or none, are
 * made of the weights as they are stored; no network is read again.
 */
public final class LoraLoader implements AutoCloseable {
  private final ModelFolder folder;
  private final Device device;
  private List<ResolvedLora> active = List.of();

  /** Of the motion adapter that they act on too; null for none. */
  private @Nullable AdapterModel moving;

  /** What they make of the motion adapter's weights, in the scope in which they were read. */
  private Map<String, UnaryOperator<Tensor>> motionChanges = Map.of();

  /** What LoRAs can act on, once it has been needed. */
  private @Nullable Map<Component, List<LayerShape>> layers;

  /** How each of them was matched, by its name. */
  private final Map<String, LoraMatchReport> matched = new LinkedHashMap<>();

  private final List<DestinationEmbedding> destinations = new ArrayList<>();

  public LoraLoader(ModelFolder folder, Device device) {
    this.folder = folder;
    this.device = device;
  }

  /** Whether these are active, on the model and that motion adapter, null for none. */
  public boolean are(List<ResolvedLora> loras, @Nullable MotionSource motion) {
    return loras.equals(active) && Objects.equals(moving, motion == null ? null : motion.model());
  }

  /**
   * What they make of a motion adapter's weights, by the weight's name, as {@link #use} makes it of
   * the model's; in the same scope.
   */
  public Map<String, UnaryOperator<Tensor>> motionChanges() {
    return motionChanges;
  }

  /** Fails where the policy does not allow what one of them left unmatched. */
  public void require(MatchPolicy policy) {
    matched.forEach((name, report) -> report.require(policy, name));
  }

  /**
   * Binds these to the model, one after the other if several. The changes look into tensors of the
   * scope that is open here. Where one of them fails, those that are active stay so.
   *
   * @param motion the motion adapter that they act on too; null for none
   * @param policy whether a key that finds no layer is an error
   */
  public Map<Component, Map<String, UnaryOperator<Tensor>>> use(
      List<ResolvedLora> loras, @Nullable MotionSource motion, MatchPolicy policy, Notes notes) {
    Map<Component, List<LayerShape>> networks = loras.isEmpty() ? Map.of() : layers(motion);
    Map<Component, List<LoraAdapter>> adapters = new EnumMap<>(Component.class);
    Map<String, LoraMatchReport> reports = new LinkedHashMap<>();
    List<DestinationEmbedding> read = new ArrayList<>();
    try {
      for (ResolvedLora lora : loras) {
        LoraBinding binding = LoraFile.read(folder.lora(lora.name())).bind(networks);
        reports.put(lora.name(), binding.report());
        notes.note("LoRA " + lora.name() + ": " + binding.report());
        binding.report().unmatched().forEach(u -> notes.detail("unmatched: " + u));
        binding.report().require(policy, lora.name());
        readDestination(lora, notes).ifPresent(read::add);
        binding
            .adapters()
            .forEach(
                (component, adapter) ->
                    adapters
                        .computeIfAbsent(component, p -> new ArrayList<>())
                        .add(adapter.weighted(lora.weight())));
      }
    } catch (RuntimeException e) {
      free(read);
      throw e;
    }
    Map<Component, Map<String, UnaryOperator<Tensor>>> changes = new EnumMap<>(Component.class);
    adapters.forEach((part, list) -> changes.put(part, FusedLora.changes(list)));
    close();
    active = List.copyOf(loras);
    moving = motion == null ? null : motion.model();
    motionChanges = takeMotion(changes.getOrDefault(Component.UNET, Map.of()));
    matched.putAll(reports);
    destinations.addAll(read);
    return changes;
  }

  private Map<Component, List<LayerShape>> layers(@Nullable MotionSource motion) {
    if (layers == null) {
      layers = folder.layers();
    }
    if (motion == null) {
      return layers;
    }
    // LoRA files count motion modules as a part of the U-Net.
    Map<Component, List<LayerShape>> all = new EnumMap<>(layers);
    List<LayerShape> unet = new ArrayList<>(layers.getOrDefault(Component.UNET, List.of()));
    try (TensorFile file = motion.open()) {
      unet.addAll(LayerShape.of(file));
    }
    all.put(Component.UNET, unet);
    return all;
  }

  /** Takes the changes of motion modules out of those of the U-Net. */
  private static Map<String, UnaryOperator<Tensor>> takeMotion(
      Map<String, UnaryOperator<Tensor>> unet) {
    Map<String, UnaryOperator<Tensor>> motion = new LinkedHashMap<>(unet);
    motion.keySet().removeIf(name -> !name.contains(MotionKeys.MODULES));
    unet.keySet().removeAll(motion.keySet());
    return motion;
  }

  private Optional<DestinationEmbedding> readDestination(ResolvedLora lora, Notes notes) {
    Path file = folder.lora(lora.name());
    Optional<SEmbeddingFile> sidecar = SEmbeddingFile.of(file);
    if (sidecar.isEmpty()) {
      if (Files.exists(DestinationEmbedding.fileNextTo(file))) {
        notes.note(
            ("LoRA " + lora.name() + " is not conditioned on the destination s; not used: ")
                + DestinationEmbedding.fileNextTo(file));
      }
      return Optional.empty();
    }
    notes.note(
        "LoRA " + lora.name() + ": conditioned on the destination s by " + sidecar.get().file());
    try (Scope scope = Scope.inference()) {
      DestinationEmbedding read = sidecar.get().read(folder.unet(), device).weighted(lora.weight());
      read.parameters().values().forEach(scope::disown);
      return Optional.of(read);
    }
  }

  /** The s-embeddings of the active LoRAs; empty where none is conditioned on s. */
  public List<DestinationEmbedding> destinations() {
    return destinations;
  }

  private static void free(List<DestinationEmbedding> embeddings) {
    embeddings.forEach(d -> d.parameters().values().forEach(Tensor::close));
  }

  /** Forgets them; weights that they changed stay so until these are freed. */
  @Override
  public void close() {
    free(destinations);
    destinations.clear();
    matched.clear();
    active = List.of();
    moving = null;
    motionChanges = Map.of();
  }
}
