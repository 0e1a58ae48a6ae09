package io.github.tcd4j.models.lora;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Adapters written into a network's weights, W := W + scale x B A, until {@link #unfuse} puts the
 * very weights back that were there. The network then costs nothing more than the plain one; but
 * all who share its weights see the change.
 *
 * <p>The weights' memory is exchanged, not overwritten: the base may be a file that is mapped
 * read-only, and comes back with all its bits.
 */
public final class FusedLora {
  private final Map<Tensor, Tensor> base;

  private FusedLora(Map<Tensor, Tensor> base) {
    this.base = base;
  }

  /**
   * Adds the adapters' deltas to the weights. The base is owned by the result, whatever scope is
   * open, until {@link #unfuse}.
   *
   * @param parameters the network's parameters by name
   * @throws LoraException if an adapter names a layer that is not there; nothing is changed then
   */
  public static FusedLora fuse(Map<String, Tensor> parameters, List<LoraAdapter> adapters) {
    Map<Tensor, List<Adapters.Delta>> deltas = new LinkedHashMap<>();
    for (LoraAdapter adapter : adapters) {
      adapter
          .deltas()
          .forEach(
              (path, delta) -> {
                Tensor weight = parameters.get(path + ".weight");
                if (weight == null) {
                  throw new LoraException("there is no layer " + path + " to fuse a LoRA into");
                }
                deltas.computeIfAbsent(weight, w -> new ArrayList<>()).add(delta);
              });
    }
    Map<Tensor, Tensor> base = new LinkedHashMap<>();
    deltas.forEach(
        (weight, list) -> {
          try (Scope scope = Scope.inference()) {
            Tensor before = weight.detach();
            Tensor sum = before.to(DType.F32);
            for (Adapters.Delta delta : list) {
              sum = sum.plus(change(delta, weight.shape()).to(weight.device()));
            }
            weight.become_(sum.to(weight.dtype()).channelsLast());
            base.put(weight, scope.disown(before));
          }
        });
    return new FusedLora(base);
  }

  /**
   * What the adapters make of a network's weights, by the weight's name: for those who read the
   * weights anew and need not take it back.
   */
  public static Map<String, UnaryOperator<Tensor>> changes(List<LoraAdapter> adapters) {
    Map<String, UnaryOperator<Tensor>> changes = new LinkedHashMap<>();
    for (LoraAdapter adapter : adapters) {
      adapter
          .deltas()
          .forEach(
              (path, delta) ->
                  changes.merge(
                      path + ".weight",
                      w -> w.plus(change(delta, w.shape())),
                      (first, second) -> w -> second.apply(first.apply(w))));
    }
    return changes;
  }

  /** Scale x B A in the weight's shape. */
  static Tensor change(Adapters.Delta delta, long... shape) {
    long r = delta.down().size(0);
    Tensor down = delta.down().to(DType.F32).reshape(r, -1);
    Tensor up = delta.up().to(DType.F32).reshape(-1, r);
    return up.matmul(down).times(delta.scale()).reshape(shape);
  }

  /** Restores the weights bit by bit; does nothing the second time. */
  public void unfuse() {
    base.forEach(Tensor::become_);
    base.values().forEach(Tensor::close);
    base.clear();
  }
}
