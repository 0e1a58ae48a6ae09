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
 * The models in memory. One is read when the first request needs it; where the memory for models is
 * used up, those that nobody has used for longest are freed. Belongs to the engine's thread.
 */
final class LoadedModels implements AutoCloseable {
  private final Device device;
  private final long budget;
  private final EngineListener listener;
  private final Map<ServedModel, TextToImage> loaded = new LinkedHashMap<>(16, 0.75f, true);
  private volatile long bytes;

  /**
   * @param budget bytes for the networks of all models; one alone may exceed it
   */
  LoadedModels(Device device, long budget, EngineListener listener) {
    this.device = device;
    this.budget = budget;
    this.listener = listener;
  }

  /** The model, read from its files unless it is in memory. */
  TextToImage open(ServedModel model, Request request, Progress progress) {
    TextToImage present = loaded.get(model);
    if (present != null) {
      return present;
    }
    makeRoom(model.bytes());
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
    loaded.put(model, fresh);
    bytes += model.bytes();
    listener.loaded(model, Duration.ofNanos(System.nanoTime() - start));
    return fresh;
  }

  /** The model if it is in memory; null if it is not. */
  @Nullable TextToImage loaded(ServedModel model) {
    return loaded.get(model);
  }

  private void makeRoom(long needed) {
    Iterator<Map.Entry<ServedModel, TextToImage>> oldest = loaded.entrySet().iterator();
    boolean freed = false;
    while (bytes + needed > budget && oldest.hasNext()) {
      Map.Entry<ServedModel, TextToImage> entry = oldest.next();
      oldest.remove();
      free(entry.getKey(), entry.getValue());
      freed = true;
    }
    if (freed) {
      Engine.giveBackMemory();
    }
  }

  private void free(ServedModel model, TextToImage networks) {
    networks.close();
    bytes -= model.bytes();
    listener.freed(model);
  }

  /** Bytes of the networks in memory. */
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
