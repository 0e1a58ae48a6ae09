package io.github.tcd4j.tensor.file;

import static io.github.tcd4j.tensor.file.PickleReader.integer;
import static io.github.tcd4j.tensor.file.PickleReader.list;
import static io.github.tcd4j.tensor.file.PickleReader.string;

import io.github.tcd4j.tensor.DType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The few names that a pickle of tensors may use, and what we make of them ourselves.
 *
 * @param storages where the bytes are that the pickle names
 */
record TorchPickle(Storages storages) implements PickleReader.Builder {
  /** Finds what is stored outside of the pickle. */
  interface Storages {
    /**
     * The storage of that name.
     *
     * @throws PickleReader.Fault if there is none, or of another length
     */
    TorchTensor.Storage find(String key, DType type, long numel);
  }

  /**
   * How the names of classes of a compiled network begin, all of which are read as dictionaries.
   */
  private static final String COMPILED = "__torch__.";

  private static final String ORDERED_DICT = "collections.OrderedDict";

  /** A network that is nothing but a dictionary, as which it is read. */
  private static final String PARAMETER_DICT = "torch.nn.modules.container.ParameterDict";

  private static final String TENSOR = "torch._utils._rebuild_tensor_v2";
  private static final String PARAMETER = "torch._utils._rebuild_parameter";

  private static final Map<String, DType> STORAGES =
      Map.of(
          "torch.FloatStorage", DType.F32,
          "torch.HalfStorage", DType.F16,
          "torch.BFloat16Storage", DType.BF16,
          "torch.DoubleStorage", DType.F64,
          "torch.LongStorage", DType.I64,
          "torch.IntStorage", DType.I32,
          "torch.ByteStorage", DType.U8,
          "torch.BoolStorage", DType.BOOL);

  /**
   * What training scripts leave beside the weights. Nothing is made of it: a call of these gives
   * nothing at all.
   */
  private static final Set<String> LEFT_ALONE =
      Set.of(
          "torch.Size",
          "torch.device",
          "torch.jit._pickle.build_intlist",
          "torch.jit._pickle.build_doublelist",
          "torch.jit._pickle.build_boollist",
          "torch.jit._pickle.restore_type_tag",
          "__builtin__.set",
          "_codecs.encode",
          "numpy.dtype",
          "numpy.core.multiarray.scalar",
          "numpy._core.multiarray.scalar",
          "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint");

  /** The entries of a {@link #PARAMETER_DICT}, which come as an attribute. */
  private static final class Parameters extends LinkedHashMap<Object, Object> {
    private static final long serialVersionUID = 1L;
  }

  /** A module of TorchScript: its tensors, numbers and inner modules, which are its attributes. */
  private static final class Module extends LinkedHashMap<Object, Object> {
    private static final long serialVersionUID = 1L;
  }

  /** A name that was looked up, and found on one of the lists. */
  private record Name(String text) {}

  @Override
  public Object global(String module, String name) {
    String full = module + "." + name;
    if (!full.equals(ORDERED_DICT)
        && !full.equals(PARAMETER_DICT)
        && !full.equals(TENSOR)
        && !full.equals(PARAMETER)
        && !full.startsWith(COMPILED)
        && !STORAGES.containsKey(full)
        && !LEFT_ALONE.contains(full)) {
      throw new PickleReader.Fault(
          ("its pickle needs " + full + ", which is not one of the names that tensors need")
              + "; save the model as safetensors where you trust it");
    }
    return new Name(full);
  }

  @Override
  public Object call(Object callee, List<?> arguments) {
    if (!(callee instanceof Name name)) {
      throw new PickleReader.Fault("its pickle calls something that is no function");
    }
    return switch (name.text) {
      case ORDERED_DICT -> new LinkedHashMap<>();
      case PARAMETER_DICT -> new Parameters();
      case TENSOR -> tensor(arguments);
      case PARAMETER -> argument(arguments, 0);
      default -> name.text.startsWith(COMPILED) ? new Module() : PickleReader.NONE;
    };
  }

  private static TorchTensor tensor(List<?> arguments) {
    if (!(argument(arguments, 0) instanceof TorchTensor.Storage storage)) {
      throw new PickleReader.Fault("its pickle has a tensor without a storage");
    }
    return new TorchTensor(
        storage,
        integer(argument(arguments, 1)),
        list(argument(arguments, 2)).stream().map(PickleReader::integer).toList(),
        list(argument(arguments, 3)).stream().map(PickleReader::integer).toList());
  }

  @Override
  public void build(Object object, Object attributes) {
    if (object instanceof Parameters parameters
        && attributes instanceof Map<?, ?> map
        && map.get("_parameters") instanceof Map<?, ?> entries) {
      parameters.putAll(entries);
    } else if (object instanceof Module module && attributes instanceof Map<?, ?> entries) {
      module.putAll(entries);
    }
  }

  /** The tuple that names a storage: "storage", its class, its entry, the device, its length. */
  @Override
  public Object persistent(Object id) {
    List<?> parts = list(id);
    String kind = argument(parts, 1) instanceof Name name ? name.text : "";
    DType type = STORAGES.get(kind);
    if (type == null) {
      throw new PickleReader.Fault(
          "its pickle has a storage that is not one of " + new TreeSet<>(STORAGES.keySet()));
    }
    return storages.find(string(argument(parts, 2)), type, integer(argument(parts, 4)));
  }

  private static Object argument(List<?> arguments, int i) {
    if (i >= arguments.size()) {
      throw new PickleReader.Fault("its pickle calls a function with too few arguments");
    }
    return arguments.get(i);
  }
}
