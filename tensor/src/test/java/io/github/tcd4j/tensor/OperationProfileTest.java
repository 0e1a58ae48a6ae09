package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.tensor.OperationProfile.Sum;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OperationProfileTest {
  @Test
  void anOperationIsOneWhateverTheShapesItNames() {
    assertThat(OperationProfile.kind("reshape to [1, 64, 1280]")).isEqualTo("reshape");
    assertThat(OperationProfile.kind("narrow(0, 1, 2)")).isEqualTo("narrow");
    assertThat(OperationProfile.kind("conv2d")).isEqualTo("conv2d");
  }

  @Test
  void theLongestStandsFirstWithItsShare() {
    Sum conv = new Sum(1, 500_000_000).plus(new Sum(2, 2_500_000_000L));
    String table =
        OperationProfile.table(Map.of("linear", new Sum(7, 1_000_000_000), "conv2d", conv));

    assertThat(table.lines().skip(1))
        .containsExactly(
            "conv2d                      3      3.000  75.0%",
            "linear                      7      1.000  25.0%");
  }
}
