package io.github.tcd4j.tensor.file;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The tensors in a file of {@code torch.save} ({@code .ckpt}, {@code .bin}, {@code .pt}, {@code
 * .pth}): a zip with a pickle and the storages beside it, or, of before PyTorch 1.6, pickles and
 * storages one after the other ({@link LegacyTorchFile}); also the parameters of a network that
 * {@code torch.jit.save} wrote, whose code is not looked at. Storages are mapped, not copied; the
 * pickle is read and not executed, see {@link PickleReader}. Names are the keys of the dictionary
 * that was saved; of a dictionary inside of it, both keys with a dot between them, and {@code
 * state_dict} is left out.
 */
public final class TorchFile implements TensorFile {
  /** The entry of {@link #metadata} that has how long the network was trained, where it says so. */
  public static final String GLOBAL_STEP = "global_step";

  /** The entry of {@link #metadata} that has the dictionary's own name, where it says so. */
  public static final String NAME = "name";

  private static final int MAX_PICKLE = 1 << 28;
  private static final int MAX_DEPTH = 8;

  private final Path origin;
  private final Map<String, TorchTensor> tensors;
  private final Map<String, String> metadata;
  private final FileChannel file;
  private final MappedBytes data;
  private boolean closed;

  private TorchFile(
      Path origin,
      Map<String, TorchTensor> tensors,
      Map<String, String> metadata,
      FileChannel file) {
    this.origin = origin;
    this.tensors = tensors;
    this.metadata = metadata;
    this.file = file;
    data = new MappedBytes(file, 0, MappedBytes.LONGEST);
  }

  /**
   * Opens a file.
   *
   * @throws TensorFileException if it is damaged, or asks for anything else than tensors, which is
   *     named
   */
  public static TorchFile open(Path file) {
    try {
      FileChannel channel = FileChannel.open(file);
      try {
        if (LegacyTorchFile.is(channel)) {
          return of(file, channel, LegacyTorchFile.read(channel));
        }
        return opened(file, channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (PickleReader.Fault e) {
      throw TensorFileException.unreadable(file, String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw TensorFileException.unreadable(file, String.valueOf(e.getMessage()), e);
    }
  }

  private static TorchFile opened(Path file, FileChannel channel) throws IOException {
    ZipDirectory zip = ZipDirectory.read(file, channel);
    String pickle =
        zip.entries().keySet().stream()
            .filter(n -> n.equals("data.pkl") || n.endsWith("/data.pkl"))
            .min(Comparator.comparingInt(String::length))
            .orElseThrow(() -> fault(file, "it is a zip file but none of torch.save"));
    String folder = pickle.substring(0, pickle.length() - "data.pkl".length());
    ZipDirectory.Entry order = zip.entries().get(folder + "byteorder");
    if (order != null
        && !new String(bytes(file, channel, order), StandardCharsets.UTF_8).equals("little")) {
      throw fault(file, "its numbers are not little-endian");
    }
    ZipDirectory.Entry program = zip.entries().get(pickle);
    byte[] code = program == null ? new byte[0] : bytes(file, channel, program);
    Object root = PickleReader.read(code, new TorchPickle(new ZipStorages(folder, zip)));
    return of(file, channel, root);
  }

  /** Of what a pickle described. */
  private static TorchFile of(Path file, FileChannel channel, Object root) {
    Map<String, TorchTensor> tensors = new TreeMap<>();
    collect(root, "", tensors, Collections.newSetFromMap(new IdentityHashMap<>()), 0);
    if (tensors.isEmpty()) {
      throw fault(file, "its pickle holds no dictionary of tensors");
    }
    return new TorchFile(file, tensors, metadata(root), channel);
  }

  private static Map<String, String> metadata(Object root) {
    Map<String, String> metadata = new TreeMap<>();
    if (root instanceof Map<?, ?> map) {
      if (map.get(GLOBAL_STEP) instanceof Long steps) {
        metadata.put(GLOBAL_STEP, steps.toString());
      }
      if (map.get(NAME) instanceof String name) {
        metadata.put(NAME, name);
      }
    }
    return metadata;
  }

  /** The storages of a zip: one entry each, in a folder of that name. */
  private record ZipStorages(String folder, ZipDirectory zip) implements TorchPickle.Storages {
    @Override
    public TorchTensor.Storage find(String name, DType type, long expected) {
      String key = folder + "data/" + name;
      ZipDirectory.Entry entry = zip.entries().get(key);
      if (entry == null) {
        throw new PickleReader.Fault("it lacks the storage " + key);
      }
      long numel = (entry.end() - entry.begin()) / type.bytes();
      if (expected != numel) {
        throw new PickleReader.Fault(
            ("storage " + key + " should have " + expected + " elements of " + type)
                + (" but has " + (entry.end() - entry.begin()) + " bytes"));
      }
      return new TorchTensor.Storage(type, entry.begin(), numel);
    }
  }

  private static byte[] bytes(Path file, FileChannel channel, ZipDirectory.Entry entry)
      throws IOException {
    long length = entry.end() - entry.begin();
    if (length > MAX_PICKLE) {
      throw fault(file, "its pickle has " + length + " bytes; at most " + MAX_PICKLE + " are read");
    }
    ByteBuffer buffer = ByteBuffer.allocate((int) length);
    while (buffer.hasRemaining() && channel.read(buffer, entry.begin() + buffer.position()) >= 0) {}
    return buffer.array();
  }

  private static void collect(
      Object value, String path, Map<String, TorchTensor> into, Set<Object> seen, int depth) {
    if (value instanceof TorchTensor tensor && !path.isEmpty()) {
      into.put(path, tensor);
    } else if (value instanceof Map<?, ?> map && depth < MAX_DEPTH && seen.add(value)) {
      map.forEach(
          (k, v) -> {
            String key = depth == 0 && k.equals("state_dict") ? "" : k.toString();
            String name = path.isEmpty() || key.isEmpty() ? path + key : path + "." + key;
            collect(v, name, into, seen, depth + 1);
          });
    }
  }

  private static TensorFileException fault(Path file, String text) {
    return TensorFileException.unreadable(file, text);
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  @Override
  public Tensor get(String name) {
    return get(name, data::tensor);
  }

  @Override
  public Tensor forConversion(String name) {
    return get(name, data::copy);
  }

  /** A way to have the tensor of some bytes. */
  private interface Way {
    Tensor take(DType type, long begin, long end, long... shape);
  }

  private Tensor get(String name, Way way) {
    if (closed) {
      throw new TensorFileException("cannot read " + origin + ": it has been closed");
    }
    TorchTensor t = tensor(name);
    long[] shape = t.shape();
    if (t.contiguous()) {
      long begin = t.storage().begin() + t.offset() * t.dtype().bytes();
      return way.take(t.dtype(), begin, begin + t.numel() * t.dtype().bytes(), shape);
    }
    try (Scope scope = Scope.inference()) {
      TorchTensor.Storage s = t.storage();
      Tensor all =
          data.tensor(s.dtype(), s.begin(), s.begin() + s.numel() * s.dtype().bytes(), s.numel());
      return scope.keep(all.strided(shape, t.strideArray(), t.offset()).contiguous());
    }
  }

  @Override
  public DType dtype(String name) {
    return tensor(name).dtype();
  }

  @Override
  public long[] shape(String name) {
    return tensor(name).shape();
  }

  private TorchTensor tensor(String name) {
    TorchTensor t = tensors.get(name);
    if (t == null) {
      throw fault(origin, "it has no tensor " + name + " among its " + tensors.size());
    }
    return t;
  }

  /** The number {@value #GLOBAL_STEP} beside the tensors; such files have nothing else. */
  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public void close() {
    closed = true;
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
