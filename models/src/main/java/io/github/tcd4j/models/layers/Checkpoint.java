package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Parameters read from a file of tensors, float32 in memory. Remembers which were read, so that
 * {@link #unread} can name the ones that nobody wanted.
 */
public final class Checkpoint implements Weights.Source {
  private final String origin;
  private final Set<String> names;
  private final Function<String, Tensor> reader;
  private final boolean trainable;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Set<String> skipped = new HashSet<>();

  /**
   * @param origin what to call it in messages, such as the file's path
   * @param names all the parameters it holds
   * @param reader gives the tensor of a name; it may be a view of a mapped file
   * @param trainable whether parameters are copied and want gradients
   */
  public Checkpoint(
      String origin, Set<String> names, Function<String, Tensor> reader, boolean trainable) {
    this.origin = origin;
    this.names = names;
    this.reader = reader;
    this.trainable = trainable;
  }

  @Override
  public Tensor parameter(String name, Init init, long... shape) {
    Tensor known = parameters.get(name);
    if (known != null) {
      return known;
    }
    if (!names.contains(name)) {
      throw new WeightsException(origin + " lacks " + name);
    }
    try (Scope scope = Scope.inference()) {
      Tensor stored = reader.apply(name);
      // Detached: a reader may hand out a tensor that it keeps.
      Tensor t = stored.to(DType.F32).channelsLast().detach();
      if (trainable) {
        t = t.copy().requiresGrad_(true);
      }
      parameters.put(name, t);
      return scope.keep(t);
    }
  }

  @Override
  public boolean has(String name) {
    return names.contains(name);
  }

  @Override
  public void skip(String name) {
    skipped.add(name);
  }

  /** The parameters read so far, by name, in order. */
  public Map<String, Tensor> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** The names in the file that nobody has read or skipped. */
  public List<String> unread() {
    List<String> rest = new ArrayList<>();
    for (String name : names) {
      if (!parameters.containsKey(name) && !skipped.contains(name)) {
        rest.add(name);
      }
    }
    Collections.sort(rest);
    return rest;
  }
}
