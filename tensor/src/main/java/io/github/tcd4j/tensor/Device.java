package io.github.tcd4j.tensor;

import org.bytedeco.pytorch.global.torch;

/**
 * Where a tensor lives: {@code cpu}, or {@code cuda:N} where the GPU build of libtorch is loaded.
 */
public record Device(Kind kind, int index) {
  /** The kinds of device that this build of libtorch may know. */
  public enum Kind {
    CPU,
    CUDA
  }

  public static final Device CPU = new Device(Kind.CPU, 0);

  public Device {
    if (index < 0 || (kind == Kind.CPU && index != 0)) {
      throw new IllegalArgumentException(
          "device index must be 0 for the cpu and at least 0 for cuda but was " + index);
    }
  }

  /** Reads {@code cpu}, {@code cuda} or {@code cuda:N}. */
  public static Device parse(String text) {
    if (text.equals("cpu")) {
      return CPU;
    }
    if (text.equals("cuda")) {
      return new Device(Kind.CUDA, 0);
    }
    if (text.matches("cuda:[0-9]{1,2}")) {
      return new Device(Kind.CUDA, Integer.parseInt(text.substring(5)));
    }
    throw new IllegalArgumentException("device must be cpu, cuda or cuda:N but was " + text);
  }

  /** Fails with one sentence where libtorch cannot use this device. */
  public Device requireAvailable() {
    if (kind == Kind.CUDA && !torch.cuda_is_available()) {
      throw new TensorException(
          "device "
              + this
              + " is not available; start with TCD4J_CUDA=1 ./tcd4j where there is an NVIDIA GPU with"
              + " CUDA 13, else use --device cpu");
    }
    return this;
  }

  org.bytedeco.pytorch.Device toNative() {
    return new org.bytedeco.pytorch.Device(toString());
  }

  @Override
  public String toString() {
    return kind == Kind.CPU ? "cpu" : "cuda:" + index;
  }
}
