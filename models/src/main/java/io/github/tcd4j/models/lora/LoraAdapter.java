package io.github.tcd4j.models.lora;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.WeightChange;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A LoRA bound to the layers of one network: the change of each layer's weight, by the layer's
 * path. As {@link Adapters} it acts with weight 1; {@link #weighted} gives others.
 *
 * <pre>{@code
 * LoraAdapter student = LoraAdapter.fresh(0, LoraConfig.usual(16), LayerShape.of(parameters));
 * AdamW optimiser = new AdamW(student.parameters(), settings);
 * unet.forward(x, t, conditioning, student);         // the student
 * unet.forward(x, t, conditioning, Adapters.NONE);   // its teacher: the same weights
 * }</pre>
 */
public final class LoraAdapter implements Adapters {
  private static final String DOWN = ".lora_A.weight";
  private static final String UP = ".lora_B.weight";

  private final Map<String, WeightChange> changes;
  private final Map<String, List<WeightChange>> lists;

  /** Changes of biases and norms, by the parameter's name. */
  private final Map<String, WeightChange> vectors;

  private LoraAdapter(Map<String, ? extends WeightChange> changes) {
    this(changes, Map.of());
  }

  private LoraAdapter(
      Map<String, ? extends WeightChange> changes, Map<String, ? extends WeightChange> vectors) {
    this.vectors = Collections.unmodifiableMap(new LinkedHashMap<>(vectors));
    this.changes = Collections.unmodifiableMap(new LinkedHashMap<>(changes));
    this.lists = new LinkedHashMap<>();
    changes.forEach((path, change) -> lists.put(path, List.of(change)));
  }

  /** The given changes by layer path; their tensors stay the caller's. */
  public static LoraAdapter of(Map<String, ? extends WeightChange> changes) {
    return new LoraAdapter(changes);
  }

  /** The same with changes of biases and norms, by the parameter's name. */
  static LoraAdapter of(
      Map<String, ? extends WeightChange> changes, Map<String, ? extends WeightChange> vectors) {
    return new LoraAdapter(changes, vectors);
  }

  /** The same on the processor. */
  public static LoraAdapter fresh(long seed, LoraConfig config, List<LayerShape> layers) {
    return fresh(seed, config, layers, Device.CPU);
  }

  /**
   * A new trainable adapter: A uniform in plus or minus 1 / sqrt(fan in) (Kaiming with a = sqrt 5),
   * drawn layer by layer from one stream, B zeros, so that it starts as no change at all. The
   * parameters belong to the scope that is open here and want gradients.
   *
   * @throws LoraException if the targets name none of the layers
   */
  public static LoraAdapter fresh(
      long seed, LoraConfig config, List<LayerShape> layers, Device device) {
    Map<String, Delta> deltas = new LinkedHashMap<>();
    try (RandomSource random = new RandomSource(seed)) {
      for (LayerShape layer : layers) {
        if (config.wants(layer.path())) {
          deltas.put(layer.path(), freshDelta(random, config, layer, device));
        }
      }
    }
    if (deltas.isEmpty()) {
      throw new LoraException(
          "LoRA targets "
              + config.targets()
              + " name none of the network's "
              + layers.size()
              + " layers; the usual ones are "
              + LoraConfig.USUAL_TARGETS);
    }
    return new LoraAdapter(deltas);
  }

  private static Delta freshDelta(
      RandomSource random, LoraConfig config, LayerShape layer, Device device) {
    long r = config.rank();
    boolean conv = layer.convolution();
    long[] downShape =
        conv
            ? new long[] {r, layer.in(), layer.kernelHeight(), layer.kernelWidth()}
            : new long[] {r, layer.in()};
    long[] upShape = conv ? new long[] {layer.out(), r, 1, 1} : new long[] {layer.out(), r};
    Tensor down = leaf(Init.fan(layer.fanIn()), random, device, downShape);
    Tensor up = leaf(Init.ZEROS, random, device, upShape);
    return new Delta(down, up, config.scale());
  }

  private static Tensor leaf(Init init, RandomSource random, Device device, long... shape) {
    try (Scope scope = Scope.inference()) {
      Tensor t = init.draw(random, shape).channelsLast().copy().to(device);
      return scope.keep(t).requiresGrad_(true);
    }
  }

  @Override
  public List<WeightChange> at(String path) {
    return lists.getOrDefault(path, List.of());
  }

  @Override
  public Tensor weight(String path, Tensor own) {
    return vectors.isEmpty() ? own : vector(path + ".weight", own);
  }

  @Override
  public Tensor bias(String path, Tensor own) {
    return vectors.isEmpty() ? own : vector(path + ".bias", own);
  }

  private Tensor vector(String name, Tensor own) {
    WeightChange change = vectors.get(name);
    return change == null ? own : WeightChange.all(own, List.of(change));
  }

  /** The same deltas times {@code weight}; the tensors are shared. */
  public LoraAdapter weighted(double weight) {
    if (!Double.isFinite(weight)) {
      throw new InvalidRequestException("LoRA weight must be a finite number but was " + weight);
    }
    Map<String, WeightChange> scaled = new LinkedHashMap<>();
    changes.forEach((path, change) -> scaled.put(path, change.weighted(weight)));
    Map<String, WeightChange> others = new LinkedHashMap<>();
    vectors.forEach((name, change) -> others.put(name, change.weighted(weight)));
    return new LoraAdapter(scaled, others);
  }

  /** The changes of all parameters by their names, in order. */
  Map<String, WeightChange> byParameter() {
    Map<String, WeightChange> all = new LinkedHashMap<>();
    changes.forEach((path, change) -> all.put(path + ".weight", change));
    all.putAll(vectors);
    return all;
  }

  /** The changes of layers' weights by layer path, in order. */
  public Map<String, WeightChange> changes() {
    return changes;
  }

  /**
   * The same, where all are plain low-rank deltas, as those that are trained here.
   *
   * @throws LoraException if one is of another kind
   */
  public Map<String, Delta> deltas() {
    Map<String, Delta> deltas = new LinkedHashMap<>();
    changes.forEach(
        (path, change) -> {
          if (!(change instanceof Delta delta)) {
            throw new LoraException("the change of layer " + path + " is not one of two factors");
          }
          deltas.put(path, delta);
        });
    return deltas;
  }

  /** The tensors by name, {@code PATH.lora_A.weight} and {@code PATH.lora_B.weight}, in order. */
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    deltas()
        .forEach(
            (path, delta) -> {
              parameters.put(path + DOWN, delta.down());
              parameters.put(path + UP, delta.up());
            });
    return parameters;
  }

  /**
   * The same layers and scales over other tensors, named as in {@link #parameters}: a moving
   * average, or a checkpoint.
   *
   * @throws LoraException if one is missing
   */
  public LoraAdapter withParameters(Map<String, Tensor> parameters) {
    Map<String, Delta> replaced = new LinkedHashMap<>();
    deltas()
        .forEach(
            (path, d) ->
                replaced.put(
                    path,
                    new Delta(
                        named(parameters, path + DOWN), named(parameters, path + UP), d.scale())));
    return new LoraAdapter(replaced);
  }

  private static Tensor named(Map<String, Tensor> parameters, String name) {
    Tensor t = parameters.get(name);
    if (t == null) {
      throw new LoraException("the saved LoRA lacks " + name);
    }
    return t;
  }

  /** The greatest rank among the layers. */
  public long rank() {
    return deltas().values().stream().mapToLong(d -> d.down().size(0)).max().orElse(0);
  }
}
