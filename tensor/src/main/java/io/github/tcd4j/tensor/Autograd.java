package io.github.tcd4j.tensor;

import static io.github.tcd4j.tensor.NativeCall.call;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Gradients by reverse-mode differentiation, and mixed precision for them. */
public final class Autograd {
  private Autograd() {}

  /** Adds the gradient of a scalar to {@link #gradient} of every leaf it depends on. */
  public static void backward(Tensor loss) {
    call(
        "backward",
        () -> {
          loss.handle().backward();
          return loss;
        },
        loss);
  }

  /** The gradient summed up so far in a leaf; fails if there is none. */
  public static Tensor gradient(Tensor leaf) {
    var g = leaf.handle().grad();
    if (!g.defined()) {
      throw new TensorException(
          "tensor of shape " + Arrays.toString(leaf.shape()) + " has no gradient");
    }
    return new Tensor(g);
  }

  public static boolean hasGradient(Tensor leaf) {
    try (Scope scope = Scope.open()) {
      return leaf.handle().grad().defined();
    }
  }

  /** Forgets a leaf's gradient and its memory. */
  public static void clearGradient(Tensor leaf) {
    try (Scope scope = Scope.open()) {
      leaf.handle().mutable_grad().reset();
    }
  }

  /**
   * Adds to the {@link #gradient} of a leaf, as {@link #backward} does, in the leaf's own layout;
   * {@code gradient} stays the caller's.
   */
  public static void addGradient(Tensor leaf, Tensor gradient) {
    try (Scope scope = Scope.inference()) {
      if (hasGradient(leaf)) {
        leaf.handle().mutable_grad().add_(gradient.handle());
      } else {
        Tensor own = leaf.detach().zerosLike().copyFrom_(gradient);
        leaf.handle().mutable_grad().put(own.handle());
      }
    }
  }

  /**
   * The gradient of a scalar {@code loss} by each of {@code inputs}, zeros where it does not depend
   * on one. Leaves the inputs' own {@link #gradient} alone.
   */
  public static List<Tensor> gradients(Tensor loss, List<Tensor> inputs) {
    return gradients(loss, inputs, false);
  }

  /** The same, but {@code loss} can be differentiated once more afterwards. */
  public static List<Tensor> keepingGraph(Tensor loss, List<Tensor> inputs) {
    return gradients(loss, inputs, true);
  }

  private static List<Tensor> gradients(Tensor loss, List<Tensor> inputs, boolean keepGraph) {
    TensorVector outputs = new TensorVector(loss.handle());
    TensorVector in = NativeCall.vector(inputs);
    TensorVector grads =
        torch.grad(outputs, in, new TensorVector(), new BoolOptional(keepGraph), false, true);
    List<Tensor> result = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      // A handle of its own: what get gives ends with the vector, wherever the gradient is kept.
      var g = new org.bytedeco.pytorch.Tensor(grads.get(i));
      result.add(g.defined() ? new Tensor(g) : inputs.get(i).zerosLike());
    }
    return result;
  }

  /** The kinds of device that have mixed precision; what runs on neither is not touched by it. */
  private static final List<DeviceType> DEVICES = List.of(DeviceType.CPU, DeviceType.CUDA);

  private static void mix(boolean on) {
    DEVICES.forEach(device -> torch.set_autocast_enabled(device, on));
  }

  /** Runs what follows, until the close, in mixed precision: linear and conv in bfloat16. */
  public static Autocast bf16() {
    return new Autocast();
  }

  /** Mixed precision until closed; does not nest. The results of linear and conv are bfloat16. */
  public static final class Autocast implements AutoCloseable {
    private Autocast() {
      Engine.load();
      DEVICES.forEach(device -> torch.set_autocast_dtype(device, ScalarType.BFloat16));
      mix(true);
      // The cache would hand weights that were cast where nothing is recorded (the target network)
      // to the pass that is to be differentiated (the student), which then has no gradient.
      torch.set_autocast_cache_enabled(false);
    }

    @Override
    public void close() {
      mix(false);
    }
  }

  /** Suspends mixed precision, where it is on, for what follows until the close. */
  public static FullPrecision fullPrecision() {
    return new FullPrecision();
  }

  /** No mixed precision until closed. */
  public static final class FullPrecision implements AutoCloseable {
    private final boolean suspended;

    private FullPrecision() {
      Engine.load();
      suspended = torch.is_autocast_enabled(DeviceType.CPU);
      if (suspended) {
        mix(false);
      }
    }

    @Override
    public void close() {
      if (suspended) {
        mix(true);
      }
    }
  }
}
