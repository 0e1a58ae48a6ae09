package io.github.tcd4j.pipeline.internal;

import io.github.tcd4j.files.Notes;
import io.github.tcd4j.models.controlnet.ControlNetModel;
import io.github.tcd4j.models.layers.FileWeights;
import io.github.tcd4j.models.layers.Precision;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.ControlSource;
import io.github.tcd4j.pipeline.adapter.ResolvedAdapters;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.file.Prefetch;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The ControlNets of the current request, each read when it is first needed. They own their
 * parameters until they are freed: those that the next request does not need are freed then.
 */
public final class AdapterNetworks implements AutoCloseable {
  private record Loaded(ControlNetModel network, NetworkFile file) {}

  private final Device device;
  private final Map<AdapterModel, Loaded> loaded = new LinkedHashMap<>();
  private Precision precision = Precision.FULL;
  private Notes notes = Notes.NONE;

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
    Set<AdapterModel> needed =
        adapters.controls().stream().map(c -> c.source().model()).collect(Collectors.toSet());
    for (AdapterModel model : List.copyOf(loaded.keySet())) {
      if (!needed.contains(model)) {
        free(model);
      }
    }
  }

  /** A ControlNet's network. */
  public ControlNetModel control(ControlSource source) {
    Loaded known = loaded.get(source.model());
    if (known != null) {
      return known.network;
    }
    Prefetch.begin(source.weights());
    TensorFile file = source.open();
    FileWeights weights =
        new FileWeights(source.weights().toString(), file, precision, device, Map.of());
    NetworkFile opened = new NetworkFile(weights, file);
    boolean done = false;
    try {
      ControlNetModel network = opened.read(w -> ControlNetModel.of(w, source.config()));
      loaded.put(source.model(), new Loaded(network, opened));
      done = true;
      List<String> unread = weights.unread();
      if (!unread.isEmpty()) {
        notes.note(
            (source.weights() + " has " + unread.size() + " unused tensors: ")
                + String.join(", ", unread.subList(0, Math.min(5, unread.size())))
                + (unread.size() > 5 ? ", ..." : ""));
      }
      return network;
    } finally {
      if (!done) {
        opened.close();
      }
    }
  }

  private void free(AdapterModel model) {
    Loaded network = loaded.remove(model);
    if (network != null) {
      network.file.close();
    }
  }

  @Override
  public void close() {
    if (!loaded.isEmpty()) {
      List.copyOf(loaded.keySet()).forEach(this::free);
      Engine.giveBackMemory();
    }
  }
}
