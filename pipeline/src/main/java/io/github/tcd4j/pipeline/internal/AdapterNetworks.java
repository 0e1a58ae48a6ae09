package io.github.tcd4j.pipeline.internal;

import io.github.tcd4j.files.Notes;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.controlnet.ControlNetModel;
import io.github.tcd4j.models.controlnet.ControlNetUnionModel;
import io.github.tcd4j.models.controlnet.T2IAdapter;
import io.github.tcd4j.models.files.quantized.ScaledTensors;
import io.github.tcd4j.models.ipadapter.ImageEncoder;
import io.github.tcd4j.models.ipadapter.IpAdapter;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.FileWeights;
import io.github.tcd4j.models.layers.Precision;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.motion.MotionAdapter;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.ControlSource;
import io.github.tcd4j.pipeline.adapter.DepthSource;
import io.github.tcd4j.pipeline.adapter.EdgeSource;
import io.github.tcd4j.pipeline.adapter.HintSource;
import io.github.tcd4j.pipeline.adapter.ImageEncoderSource;
import io.github.tcd4j.pipeline.adapter.ImagePromptSource;
import io.github.tcd4j.pipeline.adapter.MotionSource;
import io.github.tcd4j.pipeline.adapter.ResolvedAdapters;
import io.github.tcd4j.pipeline.depth.DepthMap;
import io.github.tcd4j.pipeline.edges.EdgeMap;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.Prefetch;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The networks of adapters of the current request, each read when it is first needed. They own
 * their parameters until they are freed: those that the next request does not need are freed then.
 */
public final class AdapterNetworks implements AutoCloseable {
  private record Loaded(Object network, NetworkFile file) {}

  /** A picture and the network that computes a hint of it. */
  private record HintKey(HintSource network, InputFile file) {}

  private final Device device;
  private final Map<AdapterModel, Loaded> loaded = new LinkedHashMap<>();
  private final Map<HintKey, List<Image>> computed = new LinkedHashMap<>();
  private Precision precision = Precision.FULL;
  private Notes notes = Notes.NONE;

  /** What LoRAs make of a motion adapter's weights; null where that has been made already. */
  private @Nullable Map<String, UnaryOperator<Tensor>> motionChanges = Map.of();

  public AdapterNetworks(Device device) {
    this.device = device;
  }

  /** Frees those that are not among these, or are in another precision. */
  public void use(ResolvedAdapters adapters, Precision required, Notes listener) {
    notes = listener;
    if (!required.equals(precision)) {
      close();
      precision = required;
    }
    keepHints(adapters);
    Set<AdapterModel> needed = new HashSet<>();
    adapters.controls().forEach(c -> needed.add(c.source().model()));
    adapters.imagePrompts().forEach(p -> needed.add(p.source().model()));
    if (adapters.imageEncoder() != null) {
      needed.add(adapters.imageEncoder().model());
    }
    if (adapters.motion() != null) {
      needed.add(adapters.motion().source().model());
    }
    List.copyOf(loaded.keySet()).stream().filter(m -> !needed.contains(m)).forEach(this::free);
  }

  /**
   * Hints at the size of the generated picture; what a network computes is computed once for a
   * request.
   *
   * @param range picks those that are wanted
   */
  public List<Image> hints(ResolvedAdapters.Control c, UnaryOperator<List<Image>> range) {
    HintSource network = c.network();
    if (network == null) {
      return range.apply(c.pictures()).stream().map(c::fitted).toList();
    }
    HintKey key = new HintKey(network, c.settings().hint().file());
    List<Image> hints = computed.computeIfAbsent(key, k -> computed(network, c.pictures()));
    return range.apply(hints).stream().map(c::fitted).toList();
  }

  private List<Image> computed(HintSource network, List<Image> pictures) {
    if (network instanceof EdgeSource edges) {
      return EdgeMap.hints(edges, pictures, device);
    }
    return DepthMap.of((DepthSource) network, pictures, device).stream()
        .map(DepthMap::toImage)
        .toList();
  }

  /** Forgets what was computed for other requests. */
  private void keepHints(ResolvedAdapters adapters) {
    Set<HintKey> needed = new HashSet<>();
    for (ResolvedAdapters.Control c : adapters.controls()) {
      if (c.network() != null) {
        needed.add(new HintKey(c.network(), c.settings().hint().file()));
      }
    }
    computed.keySet().retainAll(needed);
  }

  /** A ControlNet's network. */
  public ControlNetModel control(ControlSource.OfControlNet source) {
    return (ControlNetModel)
        network(
            source.model(),
            source.weights(),
            source::open,
            precision,
            w -> ControlNetModel.of(w, source.config()));
  }

  /** A ControlNet-union's network. */
  public ControlNetUnionModel control(ControlSource.OfUnion source) {
    return (ControlNetUnionModel)
        network(
            source.model(),
            source.weights(),
            source::open,
            precision,
            w -> ControlNetUnionModel.of(w, source.config()));
  }

  /** A T2I-Adapter's network. */
  public T2IAdapter control(ControlSource.OfT2IAdapter source) {
    return (T2IAdapter)
        network(
            source.model(),
            source.weights(),
            source::open,
            precision,
            w -> T2IAdapter.of(w, source.config()));
  }

  /** Reads a network of either kind. */
  public void read(ControlSource source) {
    if (source instanceof ControlSource.OfControlNet net) {
      control(net);
    } else if (source instanceof ControlSource.OfUnion union) {
      control(union);
    } else if (source instanceof ControlSource.OfT2IAdapter adapter) {
      control(adapter);
    }
  }

  /**
   * An IP-Adapter's network.
   *
   * @param channels of each cross-attention layer of the U-Net
   */
  public IpAdapter imagePrompt(ImagePromptSource source, List<Integer> channels) {
    Path weights = source.weights();
    return (IpAdapter)
        network(
            source.model(),
            weights,
            () -> TensorFile.open(weights),
            precision,
            w -> IpAdapter.of(w, source.shape(), channels));
  }

  /** The encoder of picture prompts, which computes in float32. */
  public ImageEncoder imageEncoder(ImageEncoderSource source) {
    Path weights = source.weights();
    return (ImageEncoder)
        network(
            source.model(),
            weights,
            () -> ScaledTensors.open(weights),
            Precision.AS_STORED,
            w -> ImageEncoder.of(w, source.config()));
  }

  /** Whether a motion adapter is in memory, in this precision, as the LoRAs last changed it. */
  public boolean holds(MotionSource source, Precision required) {
    return required.equals(precision)
        && loaded.containsKey(source.model())
        && motionChanges == null;
  }

  /**
   * What LoRAs make of a motion adapter's weights in the scope that is open now; null where nothing
   * changes and it is {@link #holds held}.
   */
  public void changeMotion(@Nullable Map<String, UnaryOperator<Tensor>> changes) {
    motionChanges = changes;
  }

  /** A motion adapter's network. */
  public MotionAdapter motion(MotionSource source) {
    return (MotionAdapter)
        network(
            source.model(),
            source.weights(),
            source::open,
            precision,
            w -> MotionAdapter.of(w, source.config(), source.groups()));
  }

  /** The LoRAs that travel with the calls of {@link #motion}. */
  public Adapters motionAdapters(MotionSource source) {
    motion(source);
    NetworkFile file = Objects.requireNonNull(loaded.get(source.model())).file;
    if (motionChanges != null) {
      boolean done = false;
      try {
        file.weights().fuse(motionChanges);
        motionChanges = null;
        done = true;
      } finally {
        if (!done) {
          free(source.model());
        }
      }
    }
    return file.weights().fused();
  }

  private Object network(
      AdapterModel model,
      Path path,
      Supplier<TensorFile> opener,
      Precision numbers,
      Function<Weights, Object> build) {
    Loaded known = loaded.get(model);
    if (known != null) {
      return known.network;
    }
    Prefetch.begin(path);
    TensorFile file = opener.get();
    FileWeights weights = new FileWeights(path.toString(), file, numbers, device, Map.of());
    NetworkFile opened = new NetworkFile(weights, file);
    boolean done = false;
    try {
      Object network = opened.read(build);
      loaded.put(model, new Loaded(network, opened));
      done = true;
      reportUnused(
          path, weights.unread().stream().filter(n -> !ImageEncoderSource.isOfText(n)).toList());
      return network;
    } finally {
      if (!done) {
        opened.close();
      }
    }
  }

  private void reportUnused(Path path, List<String> unread) {
    if (!unread.isEmpty()) {
      notes.note(
          (path + " has " + unread.size() + " unused tensors: ")
              + String.join(", ", unread.subList(0, Math.min(5, unread.size())))
              + (unread.size() > 5 ? ", ..." : ""));
    }
  }

  /** Frees one of them, if it has been read. */
  public void free(@Nullable AdapterModel model) {
    Loaded network = model == null ? null : loaded.remove(model);
    if (network != null) {
      network.file.close();
      Engine.giveBackMemory();
    }
  }

  @Override
  public void close() {
    List.copyOf(loaded.keySet()).forEach(this::free);
  }
}
