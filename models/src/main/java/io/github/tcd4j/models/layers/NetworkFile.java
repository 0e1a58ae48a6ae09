package io.github.tcd4j.models.layers;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A network for inference out of the file that its authors published: every tensor of the network
 * must be in the file, and every tensor of the file in the network, so that weights of another one
 * are refused, in one sentence, and never half used.
 */
public final class NetworkFile {
  private NetworkFile() {}

  /**
   * Builds a network in float32; its parameters belong to the scope that is open.
   *
   * @param origin what to call the file, such as its path
   * @param network what it should hold, as a noun with its article
   * @param file open; views of it may be what the network holds after it is closed
   * @param body reads all that the network has
   * @throws WeightsException if the file holds another network
   */
  public static <T> T build(
      String origin, String network, TensorFile file, Device device, Function<Weights, T> body) {
    FileWeights source =
        new FileWeights("the file", file, Precision.FULL, device.requireAvailable(), Map.of());
    T built;
    try {
      built = body.apply(Weights.of(source));
    } catch (WeightsException | ConfigException e) {
      throw new WeightsException(
          String.format("%s is not %s: %s", origin, network, e.getMessage()), e);
    }
    List<String> unread = source.unread();
    if (!unread.isEmpty()) {
      throw new WeightsException(
          String.format(
              "%s is not %s: the file has %d tensors that this network has not, such as %s",
              origin, network, unread.size(), unread.get(0)));
    }
    return built;
  }

  /**
   * The tensors of a file under other names.
   *
   * @param rename the new name for the stored one
   */
  public static TensorFile renamed(TensorFile file, UnaryOperator<String> rename) {
    Map<String, String> stored = new TreeMap<>();
    file.names().forEach(name -> stored.put(rename.apply(name), name));
    return new Renamed(file, stored);
  }

  private record Renamed(TensorFile file, Map<String, String> stored) implements TensorFile {
    private String name(String ours) {
      String name = stored.get(ours);
      if (name == null) {
        throw new IllegalArgumentException("there is no tensor " + ours);
      }
      return name;
    }

    @Override
    public Set<String> names() {
      return stored.keySet();
    }

    @Override
    public Tensor get(String name) {
      return file.get(name(name));
    }

    @Override
    public Tensor forConversion(String name) {
      return file.forConversion(name(name));
    }

    @Override
    public DType dtype(String name) {
      return file.dtype(name(name));
    }

    @Override
    public long[] shape(String name) {
      return file.shape(name(name));
    }

    @Override
    public Map<String, String> metadata() {
      return file.metadata();
    }

    @Override
    public void close() {
      file.close();
    }
  }
}
