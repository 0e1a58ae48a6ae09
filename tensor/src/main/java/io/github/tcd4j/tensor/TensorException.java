package io.github.tcd4j.tensor;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.Tcd4jException;
import java.util.List;

/** A tensor operation, or a file of tensors, that could not be carried out; says which and why. */
public class TensorException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  /** Messages of libtorch on a processor, on NVIDIA's and on Apple's graphics card. */
  private static final List<String> ALLOCATORS =
      List.of(
          "can't allocate memory",
          "CUDA out of memory",
          "CUDA error: out of memory",
          "MPS backend out of memory");

  public TensorException(String message) {
    super(message);
  }

  public TensorException(String message, Hint hint) {
    super(message, hint);
  }

  public TensorException(String message, Throwable cause) {
    super(message, cause);
  }

  TensorException(String message, Hint hint, Throwable cause) {
    super(message, hint, cause);
  }

  /** Whether an exception, of libtorch or of this package, is one of an allocator of tensors. */
  public static boolean outOfMemory(Throwable e) {
    if (e instanceof TensorException ours && ours.hint() == Hint.LESS_MEMORY) {
      return true;
    }
    String message = String.valueOf(e.getMessage());
    String first = message.lines().findFirst().orElse("");
    return ALLOCATORS.stream().anyMatch(first::contains);
  }
}
