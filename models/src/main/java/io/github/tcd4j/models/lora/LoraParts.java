package io.github.tcd4j.models.lora;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tensors of one module while a file is being read. */
final class LoraParts {
  private final Map<LoraKey.Part, Tensor> parts = new EnumMap<>(LoraKey.Part.class);
  private final Map<String, Tensor> lycoris = new LinkedHashMap<>();
  private @Nullable LoraKey key;
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
      case DOWN -> {
        key = k;
        stored = type;
        parts.put(k.part(), t);
      }
      default -> parts.put(k.part(), t);
    }
  }

  /** The module, or null where a factor is missing; what it is made of belongs outside. */
  @Nullable LoraModule module(String name, PeftAlphas alphas, Scope scope) {
    Factors factors = factors(scope);
    if (key == null || factors == null) {
      return null;
    }
    Tensor alpha = parts.get(LoraKey.Part.ALPHA);
    Tensor m = parts.get(LoraKey.Part.MAGNITUDE);
    Magnitude magnitude = m == null ? null : new Magnitude(m, key.style() != LoraStyle.KOHYA);
    long rank = factors.rank();
    double scale;
    if (alpha == null) {
      scale = alphas.scale(key.style(), key.component(), key.path(), rank);
    } else if (rank == 0 || factors instanceof Lycoris && alpha.item() == 0) {
      scale = 1; // whole matrices have no rank to divide by; LyCORIS' alpha 0 means none
    } else {
      scale = alpha.item() / rank;
    }
    return new LoraModule(name, key.component(), key.path(), factors, magnitude, scale, stored);
  }

  private @Nullable Factors factors(Scope scope) {
    if (!lycoris.isEmpty()) {
      return Lycoris.of(lycoris);
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
        : new LowRank(scope.keep(Product.withCore(mid, down)), up);
  }
}
