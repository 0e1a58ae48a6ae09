package io.github.tcd4j.models.lora;

import io.github.tcd4j.models.lora.delta.DoraMagnitude;
import io.github.tcd4j.models.lora.delta.GLora;
import io.github.tcd4j.models.lora.delta.Ia3;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.models.lora.delta.LoraFactors;
import io.github.tcd4j.models.lora.delta.LowRank;
import io.github.tcd4j.models.lora.delta.Lycoris;
import io.github.tcd4j.models.lora.delta.LycorisMatrix;
import io.github.tcd4j.models.lora.delta.WholeTensor;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The tensors of one module while a file is being read. */
final class LoraTensors {
  /** A change that is stored without factors. */
  private record Whole(LoraKey key, Tensor values, DType stored) {}

  private final Map<LoraKey.Part, Tensor> parts = new EnumMap<>(LoraKey.Part.class);
  private final Map<String, Tensor> lycoris = new LinkedHashMap<>();
  private final Map<String, Whole> whole = new LinkedHashMap<>();
  private @Nullable LoraKey key;
  private boolean ofLycoris;
  private DType stored = DType.F32;

  /**
   * Takes a tensor.
   *
   * @param type of it in the file
   */
  void put(LoraKey k, String name, Tensor t, DType type) {
    switch (k.part()) {
      case FACTOR -> {
        key = k;
        stored = type;
        lycoris.put(name.substring(k.module().length() + 1), t);
      }
      case WEIGHT, BIAS, NEW_WEIGHT -> whole.put(name, new Whole(k, t, type));
      case MAGNITUDE -> {
        // Who wrote it tells what a user's weight means: the layer's other keys may be of either.
        ofLycoris = name.endsWith(".dora_scale");
        parts.put(k.part(), t);
      }
      case DOWN -> {
        key = k;
        stored = type;
        parts.put(k.part(), t);
      }
      default -> parts.put(k.part(), t);
    }
  }

  /** Whether there is nothing but a number by which nothing is multiplied. */
  boolean alphaAlone() {
    return parts.keySet().equals(Set.of(LoraKey.Part.ALPHA)) && lycoris.isEmpty();
  }

  /** Whether a part stands without those that it belongs to. */
  boolean incomplete() {
    return !lycoris.isEmpty() || !parts.isEmpty() && !(alphaAlone() && !whole.isEmpty());
  }

  /** The modules that need no factors. */
  List<LoraModule> whole() {
    List<LoraModule> modules = new ArrayList<>();
    whole.forEach(
        (name, w) -> {
          boolean bias = w.key.part() == LoraKey.Part.BIAS;
          boolean norm = name.endsWith("_norm");
          boolean set = w.key.part() == LoraKey.Part.NEW_WEIGHT;
          String kind = norm ? "norm" : bias ? "bias" : set ? "new weight" : "full";
          modules.add(
              new LoraModule(
                  name,
                  w.key.component(),
                  w.key.path(),
                  bias ? LoraModule.BIAS : LoraModule.WEIGHT,
                  new WholeTensor(w.values, kind, set),
                  null,
                  1,
                  w.stored));
        });
    return modules;
  }

  /** The module, or null where a factor is missing; what it is made of belongs outside. */
  @Nullable LoraModule module(String name, PeftAlphas alphas, Scope scope) {
    LoraFactors factors = factors(scope);
    if (key == null || factors == null) {
      return null;
    }
    Tensor alpha = parts.get(LoraKey.Part.ALPHA);
    Tensor m = parts.get(LoraKey.Part.MAGNITUDE);
    DoraMagnitude magnitude = m == null ? null : new DoraMagnitude(m, !ofLycoris);
    long rank = factors.rank();
    double scale;
    if (alpha == null) {
      scale = alphas.scale(key.style(), key.component(), key.path(), rank);
    } else if (rank == 0 || !(factors instanceof LowRank) && alpha.item() == 0) {
      scale = 1; // whole matrices have no rank to divide by; LyCORIS' alpha 0 means none
    } else {
      scale = alpha.item() / rank;
    }
    requireSameShape(name, factors);
    return new LoraModule(
        name, key.component(), key.path(), LoraModule.WEIGHT, factors, magnitude, scale, stored);
  }

  /** ComfyUI first makes the weight larger where this is not the layer's own shape. */
  private void requireSameShape(String name, LoraFactors factors) {
    Tensor shape = parts.get(LoraKey.Part.SHAPE);
    if (shape == null) {
      return;
    }
    double[] sides = shape.toDoubleArray();
    double area = 1;
    for (int i = 1; i < sides.length; i++) {
      area *= sides[i];
    }
    if (sides.length < 2 || sides[0] != factors.out() || area != factors.fanIn()) {
      throw new LoraException(
          (name + ".reshape_weight asks for the shape " + Arrays.toString(sides))
              + (" but its factors make " + factors.out() + " x " + factors.fanIn()));
    }
  }

  private @Nullable LoraFactors factors(Scope scope) {
    if (!lycoris.isEmpty()) {
      LoraFactors general = GLora.of(lycoris, scope);
      LoraFactors scaled = general == null ? Ia3.of(lycoris) : general;
      return scaled == null ? Lycoris.of(lycoris) : scaled;
    }
    Tensor down = parts.get(LoraKey.Part.DOWN);
    Tensor up = parts.get(LoraKey.Part.UP);
    Tensor mid = parts.get(LoraKey.Part.MID);
    if (down == null || up == null) {
      return null;
    }
    // LyCORIS' convolution in three factors: the kernel times the one below it is a LoRA's A.
    return mid == null
        ? new LowRank(down, up)
        : new LowRank(scope.keep(LycorisMatrix.withCore(mid, down)), up);
  }
}
