package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The changes of weights that are active in one forward call, by the path of the layer that they
 * stand beside. They travel with the call; a layer holds no switch.
 */
public interface Adapters {
  /** The plain network. */
  Adapters NONE = path -> List.of();

  /** The changes of the layer at {@code path}, in order; empty where there are none. */
  List<WeightChange> at(String path);

  /**
   * The weight that the layer at {@code path} has in this call, before {@link #at} changes it.
   *
   * @param own the network's
   */
  default Tensor weight(String path, Tensor own) {
    return own;
  }

  /** The same of a bias. */
  default Tensor bias(String path, Tensor own) {
    return own;
  }

  /** Several at once, one after the other. */
  static Adapters sum(List<? extends Adapters> parts) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    List<Adapters> all = List.copyOf(parts);
    return new Adapters() {
      @Override
      public List<WeightChange> at(String path) {
        List<WeightChange> changes = new ArrayList<>();
        for (Adapters a : all) {
          changes.addAll(a.at(path));
        }
        return changes;
      }

      @Override
      public Tensor weight(String path, Tensor own) {
        Tensor weight = own;
        for (Adapters a : all) {
          weight = a.weight(path, weight);
        }
        return weight;
      }

      @Override
      public Tensor bias(String path, Tensor own) {
        Tensor bias = own;
        for (Adapters a : all) {
          bias = a.bias(path, bias);
        }
        return bias;
      }
    };
  }

  /**
   * One low-rank delta: scale x up(down(x)). For linear layers down is (r, in) and up (out, r); for
   * convolutions down is (r, in, kh, kw) and up (out, r, 1, 1). Scale is alpha / r times the weight
   * that the user gave. It acts beside its layer, without a changed weight being made.
   */
  record Delta(Tensor down, Tensor up, double scale) implements WeightChange.Additive {
    /** Whether all of these can act beside a layer. */
    static boolean areAll(List<WeightChange> changes) {
      for (WeightChange change : changes) {
        if (!(change instanceof Delta)) {
          return false;
        }
      }
      return true;
    }

    @Override
    public Tensor change(long... shape) {
      long r = down.size(0);
      Tensor flat = down.to(DType.F32).reshape(r, -1);
      Tensor columns = up.to(DType.F32).reshape(-1, r);
      return columns.matmul(flat).times(scale).reshape(shape);
    }

    @Override
    public Delta weighted(double weight) {
      return new Delta(down, up, scale * weight);
    }
  }
}
