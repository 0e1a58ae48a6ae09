package io.github.tcd4j.models.lora;

import io.github.tcd4j.models.layers.WeightChange;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.tensor.ConvolutionKernel;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Adapters written into a network's weights, W := W + scale x B A and its kin, until {@link
 * #unfuse} puts the very weights back that were there. The network then costs nothing more than the
 * plain one; but all who share its weights see the change.
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
    Map<Tensor, List<WeightChange>> changes = new LinkedHashMap<>();
    for (LoraAdapter adapter : adapters) {
      adapter
          .byParameter()
          .forEach(
              (name, change) -> {
                Tensor weight = parameters.get(name);
                if (weight == null) {
                  throw new LoraException("there is no parameter " + name + " to fuse a LoRA into");
                }
                changes.computeIfAbsent(weight, w -> new ArrayList<>()).add(change);
              });
    }
    Map<Tensor, Tensor> base = new LinkedHashMap<>();
    changes.forEach(
        (weight, list) -> {
          try (Scope scope = Scope.inference()) {
            Tensor before = weight.detach();
            Tensor changed = WeightChange.all(before, list);
            boolean packed = ConvolutionKernel.isPacked(before);
            weight.become_(packed ? ConvolutionKernel.pack(changed) : changed.channelsLast());
            base.put(weight, scope.disown(before));
          }
        });
    return new FusedLora(base);
  }

  /**
   * What the adapters make of a network's weights, by the weight's name, from float32 to float32:
   * for {@link io.github.tcd4j.models.layers.FileWeights}, which makes others of the same file's.
   */
  public static Map<String, UnaryOperator<Tensor>> changes(List<LoraAdapter> adapters) {
    Map<String, List<WeightChange>> lists = new LinkedHashMap<>();
    for (LoraAdapter adapter : adapters) {
      adapter
          .byParameter()
          .forEach(
              (name, change) -> lists.computeIfAbsent(name, n -> new ArrayList<>()).add(change));
    }
    Map<String, UnaryOperator<Tensor>> changes = new LinkedHashMap<>();
    lists.forEach((name, list) -> changes.put(name, w -> WeightChange.all(w, list)));
    return changes;
  }

  /** Restores the weights bit by bit; does nothing the second time. */
  public void unfuse() {
    base.forEach(Tensor::become_);
    base.values().forEach(Tensor::close);
    base.clear();
  }
}
