package io.github.tcd4j.models.files;

import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.Map;
import java.util.Optional;

/** Finds the tensor that brought NaN or infinity into a computation. */
public final class NonFinite {
  /** What to say of a tensor of that name. */
  private static final String WHAT = " holds numbers that are not finite (NaN or infinity) in ";

  private NonFinite() {}

  /** The name of a tensor that is not finite; nothing where all are. */
  public static Optional<String> in(Map<String, Tensor> tensors) {
    return tensors.entrySet().stream()
        .filter(e -> isDamaged(e.getValue()))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** The same of a file, which is read tensor by tensor. */
  public static Optional<String> in(TensorFile file) {
    return file.names().stream().filter(name -> isDamaged(file, name)).findFirst();
  }

  private static boolean isDamaged(TensorFile file, String name) {
    try (Scope scope = Scope.inference()) {
      return isDamaged(file.get(name));
    }
  }

  /** Whether some element is NaN or infinite. */
  public static boolean isDamaged(Tensor t) {
    return t.dtype().isFloating() && !t.isFinite();
  }

  /** The beginning of a sentence for the user. */
  public static String sentence(Object what, String name) {
    return what + WHAT + name;
  }
}
