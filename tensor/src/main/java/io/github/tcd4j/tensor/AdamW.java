package io.github.tcd4j.tensor;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), by libtorch's fused kernel. The
 * state is a map of named tensors that can be written to a file and read back bit by bit.
 */
public final class AdamW {
  /** Decay rates of the two moments, the term under the division, and the weight decay. */
  public record Settings(double beta1, double beta2, double eps, double weightDecay) {
    public Settings {
      if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
        throw new InvalidRequestException(
            "betas must be in [0, 1) but were " + beta1 + " and " + beta2);
      }
      if (!(eps > 0) || !(weightDecay >= 0)) {
        throw new InvalidRequestException(
            "eps must be above 0 and weight decay at least 0 but were " + eps + ", " + weightDecay);
      }
    }

    public static final Settings DEFAULT = new Settings(0.9, 0.999, 1e-8, 0.01);
  }

  private final Settings settings;
  private final List<String> names;
  private final List<Tensor> parameters;
  private final List<Tensor> firstMoments = new ArrayList<>();
  private final List<Tensor> secondMoments = new ArrayList<>();
  private final List<Tensor> steps = new ArrayList<>();

  /** Takes float32 leaves that want a gradient; its state belongs to the caller's scope. */
  public AdamW(Map<String, Tensor> parameters, Settings settings) {
    this.settings = settings;
    this.names = List.copyOf(parameters.keySet());
    this.parameters = List.copyOf(parameters.values());
    for (Tensor p : this.parameters) {
      firstMoments.add(p.detach().zerosLike());
      secondMoments.add(p.detach().zerosLike());
      steps.add(Tensor.zeros(DType.F32).to(p.device()));
    }
  }

  /** One step down the parameters' gradients with learning rate {@code rate}. */
  public void step(double rate) {
    try (Scope scope = Scope.inference()) {
      List<Tensor> gradients = new ArrayList<>(gradients());
      for (int i = 0; i < gradients.size(); i++) {
        gradients.set(i, laidOut(gradients.get(i), parameters.get(i)));
      }
      DispatcherCall.run(
          "aten::_foreach_add_", "Scalar", DispatcherCall.list(steps), new IValue(new Scalar(1.0)));
      DispatcherCall.run(
          "aten::_fused_adamw_",
          "",
          DispatcherCall.list(parameters),
          DispatcherCall.list(gradients),
          DispatcherCall.list(firstMoments),
          DispatcherCall.list(secondMoments),
          DispatcherCall.list(List.of()),
          DispatcherCall.list(steps),
          new IValue(rate),
          new IValue(settings.beta1),
          new IValue(settings.beta2),
          new IValue(settings.weightDecay),
          new IValue(settings.eps),
          new IValue(false),
          new IValue(false),
          new IValue(),
          new IValue());
    }
  }

  /**
   * Scales all gradients so that their common norm is at most {@code limit}; returns the norm
   * before.
   */
  public double clipGradients(double limit) {
    try (Scope scope = Scope.inference()) {
      List<Tensor> gradients = gradients();
      // All norms cross to the processor at once: on a GPU each crossing waits for all before it.
      Tensor[] norms =
          gradients.stream()
              .map(g -> new Tensor(g.handle().norm()).reshape(1))
              .toArray(Tensor[]::new);
      double sum = 0;
      for (double n : Tensor.cat(0, norms).toDoubleArray()) {
        sum += n * n;
      }
      double norm = Math.sqrt(sum);
      if (norm > limit) {
        for (Tensor g : gradients) {
          g.handle().mul_(new Scalar(limit / norm));
        }
      }
      return norm;
    }
  }

  public void clearGradients() {
    parameters.forEach(Autograd::clearGradient);
  }

  /** The moments and step counts by name, {@code NAME.exp_avg} and so on; not copies. */
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      state.put(names.get(i) + ".exp_avg", firstMoments.get(i));
      state.put(names.get(i) + ".exp_avg_sq", secondMoments.get(i));
      state.put(names.get(i) + ".step", steps.get(i));
    }
    return state;
  }

  /** Overwrites the state with one that {@link #state} gave; a missing entry is an error. */
  public void restore(Map<String, Tensor> saved) {
    state()
        .forEach(
            (name, tensor) -> {
              Tensor from = saved.get(name);
              if (from == null) {
                throw new TensorException("the optimiser's saved state lacks " + name);
              }
              tensor.copyFrom_(from);
            });
  }

  private List<Tensor> gradients() {
    return parameters.stream()
        .map(p -> Autograd.hasGradient(p) ? Autograd.gradient(p) : p.detach().zerosLike())
        .toList();
  }

  /** The gradient in the parameter's own layout, which a GPU's kernel wants to the last stride. */
  private static Tensor laidOut(Tensor gradient, Tensor p) {
    if (p.device().equals(Device.CPU) || gradient.handle().strides().equals(p.handle().strides())) {
      return gradient;
    }
    Tensor like = p.detach().zerosLike();
    like.copyFrom_(gradient);
    return like;
  }
}
