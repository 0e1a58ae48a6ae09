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
import org.jspecify.annotations.Nullable;

/**
 * Parameters for inference, of a file that may be larger than half of the memory: what can stay as
 * it is looks into the mapped file, and the rest is read, changed and converted one by one, so that
 * nothing is ever there twice. Kernels of convolutions are packed where they are used as they are
 * stored ({@link ConvolutionKernel}), so no gradient goes through them. The parameters belong to
 * the scope that is open where the network is built.
 *
 * <p>What LoRAs make of weights is no part of the network: it travels with the call, in {@link
 * #fused}. In memory a parameter is there once, as it is or as it is changed; as long as the file
 * is open, {@link #fuse} makes the one from the other, bit for bit as if the network were read
 * anew.
 */
public final class FileWeights implements Weights.Source {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  private final String origin;
  private final TensorFile file;
  private final Precision precision;
  private final Device device;
  private final FusedWeights fused = new FusedWeights();
  private final Map<String, UnaryOperator<Tensor>> changes;

  /** The parameters of which the changed one is in {@link #fused}, or may be. */
  private final Set<String> changed = new HashSet<>();

  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Set<String> skipped = new HashSet<>();

  /**
   * @param origin what to call the file in messages
   * @param changes what becomes of some weights in {@link #fused}, float32 to float32, by the
   *     parameter's name
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
    UnaryOperator<Tensor> change = changes.get(name);
    try (Scope scope = Scope.inference()) {
      Tensor t;
      if (change == null) {
        t = read(name, file.shape(name));
      } else {
        changed.add(name);
        fused.put(
            name,
            scope.disown(converted(name, change, file.forConversion(name), file.shape(name))));
        // A place without memory: who uses it in a call without the changed one fails.
        t = Tensor.empty(file.dtype(name), file.shape(name)).to(Device.META);
      }
      parameters.put(name, t);
      return scope.keep(t);
    }
  }

  /**
   * What some weights are changed to in the calls to come, in the place of what they were changed
   * to before. The file must be open still; of it nothing is read but these weights, which may look
   * into its map. Where it fails, it must be called again before the network is used.
   *
   * @param wanted float32 to float32, by the parameter's name
   */
  public void fuse(Map<String, UnaryOperator<Tensor>> wanted) {
    changed.addAll(wanted.keySet());
    changed.retainAll(parameters.keySet());
    for (String name : changed) {
      Tensor own = parameters.get(name);
      if (own != null) {
        own.close();
      }
      fused.drop(name);
      UnaryOperator<Tensor> change = wanted.get(name);
      try (Scope scope = Scope.inference()) {
        Tensor t =
            change == null
                ? read(name, file.shape(name))
                : converted(name, change, file.get(name), file.shape(name));
        fused.put(name, scope.disown(t));
      }
    }
    changed.retainAll(wanted.keySet());
  }

  /** What travels with the calls of the network: the parameters that are not its own now. */
  public FusedWeights fused() {
    return fused;
  }

  /** A parameter as it is. */
  private Tensor read(String name, long... shape) {
    boolean same = type(name, false) == file.dtype(name) && device.equals(Device.CPU);
    if (same && !kernel(shape)) {
      // A handle of its own: the file's may belong to somebody else.
      return file.get(name).detach();
    }
    return converted(name, null, file.forConversion(name), shape);
  }

  private Tensor converted(
      String name, @Nullable UnaryOperator<Tensor> change, Tensor stored, long... shape) {
    DType type = type(name, change != null);
    Tensor exact = change == null ? stored : change.apply(stored.to(DType.F32));
    Tensor converted = exact.to(type);
    if (kernel(shape) && device.equals(Device.CPU) && type == precision.arithmetic()) {
      return ConvolutionKernel.pack(converted).detach();
    }
    return converted.channelsLast().to(device).detach();
  }

  private static boolean kernel(long... shape) {
    return shape.length == 4 && shape[1] * shape[2] * shape[3] > shape[1];
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
  public Device device() {
    return device;
  }

  @Override
  public void skip(String name) {
    skipped.add(name);
  }

  /** The parameters that are the network's own in the calls to come: all but the {@link #fused}. */
  public List<Tensor> own() {
    List<Tensor> own = new ArrayList<>();
    parameters.forEach(
        (name, t) -> {
          if (!fused.has(name)) {
            own.add(t);
          }
        });
    return own;
  }

  /**
   * The parameters read so far, by name, in order; one that another has taken the place of in
   * {@link #fused} is a place without memory, or closed.
   */
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
