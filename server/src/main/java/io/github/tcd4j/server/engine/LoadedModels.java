package io.github.tcd4j.server.engine;

import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The models in memory, each with the adapters of its last request. One is read when the first
 * request needs it; where the memory for models is used up, those that nobody has used for longest
 * are freed, and their adapters with them. Belongs to the engine's thread.
 */
final class LoadedModels implements AutoCloseable {
  /**
   * A model in memory.
   *
   * @param bytes of its networks and of its adapters'
   */
  private record Held(TextToImage networks, long bytes) {}

  private final Device device;
  private final long budget;
  private final EngineListener listener;
  private final Map<ServedModel, Held> loaded = new LinkedHashMap<>(16, 0.75f, true);
  private volatile long bytes;

  /**
   * @param budget bytes for the networks of all models and adapters; a single model with the
   *     adapters of a request may exceed it
   */
  LoadedModels(Device device, long budget, EngineListener listener) {
    this.device = device;
    this.budget = budget;
    this.listener = listener;
  }

  /**
   * The model, read from its files unless it is in memory. The request frees the adapters of the
   * one before that it does not need, so that its own are all that count.
   */
  TextToImage open(ServedModel model, Request request, Progress progress) {
    long needed = model.bytes() + request.adapters().bytes();
    Held present = loaded.get(model);
    makeRoom(needed - (present == null ? 0 : present.bytes), model);
    TextToImage networks = present == null ? read(model, request, progress) : present.networks;
    Held held = new Held(networks, needed);
    loaded.put(model, held);
    bytes = loaded.values().stream().mapToLong(Held::bytes).sum();
    return networks;
  }

  private TextToImage read(ServedModel model, Request request, Progress progress) {
    long start = System.nanoTime();
    TextToImage fresh = TextToImage.load(model.folder(), device);
    boolean read = false;
    try {
      fresh.prepare(request, progress);
      read = true;
    } finally {
      if (!read) {
        fresh.close();
      }
    }
    listener.loaded(model, Duration.ofNanos(System.nanoTime() - start));
    return fresh;
  }

  /** The model if it is in memory; null if it is not. */
  @Nullable TextToImage loaded(ServedModel model) {
    Held held = loaded.get(model);
    return held == null ? null : held.networks;
  }

  /** Frees models, the least recently used first, but for the one that is about to be used. */
  private void makeRoom(long needed, ServedModel used) {
    Iterator<Map.Entry<ServedModel, Held>> oldest = loaded.entrySet().iterator();
    boolean freed = false;
    while (bytes + needed > budget && oldest.hasNext()) {
      Map.Entry<ServedModel, Held> entry = oldest.next();
      if (!entry.getKey().equals(used)) {
        oldest.remove();
        free(entry.getKey(), entry.getValue());
        freed = true;
      }
    }
    if (freed) {
      Engine.giveBackMemory();
    }
  }

  private void free(ServedModel model, Held held) {
    held.networks.close();
    bytes -= held.bytes;
    listener.freed(model);
  }

  /** Bytes of the networks in memory, adapters included. */
  long bytes() {
    return bytes;
  }

  /** Frees all. */
  @Override
  public void close() {
    loaded.forEach(this::free);
    loaded.clear();
    Engine.giveBackMemory();
  }
}
