package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.ConvolutionKernel;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Parameters for inference, of a file that may be larger than half of the memory: what can stay as
 * it is looks into the mapped file, and the rest is read, changed and converted one by one, so that
 * nothing is ever there twice. Kernels of convolutions are packed where they are used as they are
 * stored ({@link ConvolutionKernel}), so no gradient goes through them. The parameters belong to
 * the scope that is open where the network is built.
 */
public final class FileWeights implements Weights.Source {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  private final String origin;
  private final TensorFile file;
  private final Precision precision;
  private final Device device;
  private final Map<String, UnaryOperator<Tensor>> changes;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Set<String> skipped = new HashSet<>();

  /**
   * @param origin what to call the file in messages
   * @param changes what becomes of some weights, float32 to float32, by the parameter's name
   */
  public FileWeights(
      String origin,
      TensorFile file,
      Precision precision,
      Device device,
      Map<String, UnaryOperator<Tensor>> changes) {
    this.origin = origin;
    this.file = file;
    this.precision = precision;
    this.device = device;
    this.changes = changes;
  }

  @Override
  public Tensor parameter(String name, Init init, long... shape) {
    Tensor known = parameters.get(name);
    if (known != null) {
      return known;
    }
    if (!has(name)) {
      throw new WeightsException(origin + " lacks " + name);
    }
    try (Scope scope = Scope.inference()) {
      Tensor t = read(name, shape);
      parameters.put(name, t);
      return scope.keep(t);
    }
  }

  private Tensor read(String name, long... shape) {
    UnaryOperator<Tensor> change = changes.get(name);
    DType type = type(name, change != null);
    boolean kernel = shape.length == 4 && shape[1] * shape[2] * shape[3] > shape[1];
    if (change == null && type == file.dtype(name) && !kernel && device.equals(Device.CPU)) {
      // A handle of its own: the file's may belong to somebody else.
      return file.get(name).detach();
    }
    Tensor stored = file.forConversion(name);
    Tensor changed = change == null ? stored : change.apply(stored.to(DType.F32));
    Tensor converted = changed.to(type);
    if (kernel && device.equals(Device.CPU) && type == precision.arithmetic()) {
      return ConvolutionKernel.pack(converted).detach();
    }
    return converted.channelsLast().to(device).detach();
  }

  /** What is changed has bits that the file's half precision would lose again. */
  private DType type(String name, boolean changed) {
    DType own = file.dtype(name);
    DType storage = precision.storage();
    if (file.shape(name).length > 1) {
      boolean half = own == DType.F16 || own == DType.BF16;
      return storage != null ? storage : half && !changed ? own : DType.F32;
    }
    // The CPU's norms take float32 weights over halves; a GPU's want one type for both.
    boolean exact = device.equals(Device.CPU) && !besideMatrix(name);
    return exact ? DType.F32 : precision.arithmetic();
  }

  /** Whether this is the bias of a linear layer or convolution, and not of a norm. */
  private boolean besideMatrix(String name) {
    if (!name.endsWith(BIAS)) {
      return false;
    }
    String weight = name.substring(0, name.length() - BIAS.length()) + WEIGHT;
    return has(weight) && file.shape(weight).length > 1;
  }

  @Override
  public boolean has(String name) {
    return file.names().contains(name);
  }

  @Override
  public DType arithmetic() {
    return precision.arithmetic();
  }

  @Override
  public void skip(String name) {
    skipped.add(name);
  }

  /** The parameters read so far, by name, in order. */
  public Map<String, Tensor> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** The names in the file that nobody has read or skipped, sorted. */
  public List<String> unread() {
    List<String> rest = new ArrayList<>(file.names());
    rest.removeAll(parameters.keySet());
    rest.removeAll(skipped);
    Collections.sort(rest);
    return rest;
  }
}
