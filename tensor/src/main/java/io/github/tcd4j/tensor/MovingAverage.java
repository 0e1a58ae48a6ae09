package io.github.tcd4j.tensor;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;

/** Exponential moving average of parameters: average := d average + (1 - d) parameter. */
public final class MovingAverage {
  private final List<Tensor> sources;
  private final Map<String, Tensor> averages = new LinkedHashMap<>();

  /** Starts as a copy of the parameters; the copies belong to the caller's scope. */
  public MovingAverage(Map<String, Tensor> parameters) {
    sources = List.copyOf(parameters.values());
    try (Scope scope = Scope.inference()) {
      parameters.forEach((name, p) -> averages.put(name, scope.keep(p.detach().copy())));
    }
  }

  /** Moves towards the parameters, keeping the share {@code decay} of what it was. */
  public void update(double decay) {
    if (!(decay >= 0 && decay <= 1)) {
      throw new InvalidRequestException("decay must be in [0, 1] but was " + decay);
    }
    try (Scope scope = Scope.inference()) {
      DispatcherCall.run(
          "aten::_foreach_lerp_",
          "Scalar",
          DispatcherCall.list(List.copyOf(averages.values())),
          DispatcherCall.list(sources),
          new IValue(new Scalar(1 - decay)));
    }
  }

  /** The averages by the parameters' names; not copies. */
  public Map<String, Tensor> averages() {
    return averages;
  }
}
