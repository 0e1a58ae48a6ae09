package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/**
 * A place in a tree of named parameters: {@code weights.at("down_blocks").at(0)} reads like the key
 * {@code down_blocks.0} of a checkpoint.
 */
public final class Weights {
  /** Where parameters come from: a checkpoint, or initialisation. */
  public interface Source {
    /** The parameter of that full name and shape; {@code init} is how it starts where it is new. */
    Tensor parameter(String name, Init init, long... shape);

    /** Whether a checkpoint holds a parameter of that full name; true where all are new. */
    boolean has(String name);

    /** What linear layers and convolutions compute in. */
    default DType arithmetic() {
      return DType.F32;
    }

    /** Where the network is to compute. */
    default Device device() {
      return Device.CPU;
    }

    /** Notes that the network knows what is stored under that full name and has no use for it. */
    default void skip(String name) {}
  }

  private final Source source;
  private final String path;

  private Weights(Source source, String path) {
    this.source = source;
    this.path = path;
  }

  /** The root of a tree. */
  public static Weights of(Source source) {
    return new Weights(source, "");
  }

  /** The same place; what is read from it and below is also put into {@code read}, by full name. */
  public Weights recording(Map<String, Tensor> read) {
    Source inner = source;
    Source recorder =
        new Source() {
          @Override
          public Tensor parameter(String name, Init init, long... shape) {
            Tensor t = inner.parameter(name, init, shape);
            read.put(name, t);
            return t;
          }

          @Override
          public boolean has(String name) {
            return inner.has(name);
          }

          @Override
          public DType arithmetic() {
            return inner.arithmetic();
          }

          @Override
          public Device device() {
            return inner.device();
          }

          @Override
          public void skip(String name) {
            inner.skip(name);
          }
        };
    return new Weights(recorder, path);
  }

  public Weights at(String name) {
    return new Weights(source, join(name));
  }

  public Weights at(int index) {
    return at(Integer.toString(index));
  }

  /** Dotted name of this place, empty at the root. */
  public String path() {
    return path;
  }

  /** The parameter {@code name} here; fails if its shape is not the one that the network needs. */
  public Tensor get(String name, Init init, long... shape) {
    Tensor t = source.parameter(join(name), init, shape);
    if (!Arrays.equals(t.shape(), shape)) {
      throw new WeightsException(
          join(name)
              + " has shape "
              + Arrays.toString(t.shape())
              + " but the configuration needs "
              + Arrays.toString(shape));
    }
    return t;
  }

  /** Whether there is a parameter {@code name} here. */
  public boolean has(String name) {
    return source.has(join(name));
  }

  /** What linear layers and convolutions compute in. */
  public DType arithmetic() {
    return source.arithmetic();
  }

  /** Where the network is to compute. */
  public Device device() {
    return source.device();
  }

  /** Says that {@code name} here may be stored but is not needed, such as a constant buffer. */
  public void skip(String name) {
    source.skip(join(name));
  }

  private String join(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
