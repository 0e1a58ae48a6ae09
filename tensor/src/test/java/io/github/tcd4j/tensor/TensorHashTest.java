package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.files.Sha256;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TensorHashTest {
  private static String hash(Map<String, Tensor> tensors) {
    return TensorHash.add(new Sha256(), tensors).hex();
  }

  @Test
  void tensorsCountByNameAndValueButNotByOrder() {
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> one = new LinkedHashMap<>();
      one.put("a", Tensor.scalar(1));
      one.put("b", Tensor.scalar(2));
      Map<String, Tensor> turned = new LinkedHashMap<>();
      turned.put("b", Tensor.scalar(2));
      turned.put("a", Tensor.scalar(1));
      assertThat(hash(turned)).isEqualTo(hash(one));
      turned.put("a", Tensor.scalar(2));
      assertThat(hash(turned)).isNotEqualTo(hash(one));
      assertThat(hash(Map.of("c", Tensor.scalar(1), "b", Tensor.scalar(2))))
          .isNotEqualTo(hash(one));
    }
  }
}
