package io.github.tcd4j.tensor;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import org.bytedeco.pytorch.global.torch;

/**
 * Where a tensor lives: {@code cpu}; {@code cuda:N} where the GPU build of libtorch is loaded;
 * {@code mps}, the GPU of a Mac, where libtorch has it; or {@link #META}, nowhere.
 */
public record Device(Kind kind, int index) {
  /** The kinds of device that this build of libtorch may know. */
  public enum Kind {
    CPU,
    CUDA,
    MPS,
    META
  }

  public static final Device CPU = new Device(Kind.CPU, 0);

  /** The GPU of a Mac, which knows no float64. */
  public static final Device MPS = new Device(Kind.MPS, 0);

  /**
   * Shapes and types without numbers. Operands of which only some are here are refused, as they are
   * between the processor and a GPU, so that a walk through a network here shows, on any machine,
   * whether all of it is made where its input is.
   */
  public static final Device META = new Device(Kind.META, 0);

  public Device {
    if (index < 0 || (kind != Kind.CUDA && index != 0)) {
      throw new IllegalArgumentException(
          "device index must be at least 0 for cuda and 0 for others but was " + index);
    }
  }

  /** Reads {@code cpu}, {@code cuda}, {@code cuda:N} or {@code mps}. */
  public static Device parse(String text) {
    if (text.equals("cpu")) {
      return CPU;
    }
    if (text.equals("mps")) {
      return MPS;
    }
    if (text.equals("cuda")) {
      return new Device(Kind.CUDA, 0);
    }
    if (text.matches("cuda:[0-9]{1,2}")) {
      return new Device(Kind.CUDA, Integer.parseInt(text.substring(5)));
    }
    throw new InvalidRequestException("device must be cpu, cuda, cuda:N or mps but was " + text);
  }

  /** Fails with one sentence where libtorch cannot use this device. */
  public Device requireAvailable() {
    Engine.load();
    if (kind == Kind.CUDA && !torch.cuda_is_available()) {
      throw new TensorException(
          "device "
              + this
              + " is not available: it needs an NVIDIA GPU, CUDA 13 and the build for them",
          Hint.CPU_DEVICE);
    }
    if (kind == Kind.MPS && !torch.hasMPS()) {
      throw new TensorException(
          "device mps is not available: it is the GPU of a Mac with Apple silicon",
          Hint.CPU_DEVICE);
    }
    return this;
  }

  org.bytedeco.pytorch.Device toNative() {
    return new org.bytedeco.pytorch.Device(toString());
  }

  @Override
  public String toString() {
    return switch (kind) {
      case CPU -> "cpu";
      case CUDA -> "cuda:" + index;
      case MPS -> "mps";
      case META -> "meta";
    };
  }
}
