package io.github.tcd4j.evaluation.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StratifiedSampleTest {
  private static final Function<Integer, String> STRATUM =
      i -> i < 600 ? "large" : i < 900 ? "middle" : "small";

  private static final List<Integer> ITEMS = IntStream.range(0, 1000).boxed().toList();

  @Test
  void everyStratumGivesItsShare() {
    List<Integer> chosen = StratifiedSample.choose(ITEMS, STRATUM, 100, 0);
    assertThat(chosen).doesNotHaveDuplicates().hasSize(100);
    assertThat(chosen.stream().collect(Collectors.groupingBy(STRATUM, Collectors.counting())))
        .containsEntry("large", 60L)
        .containsEntry("middle", 30L)
        .containsEntry("small", 10L);
  }

  @Test
  void whatRoundingLeavesGoesToTheLargestRemainders() {
    List<Integer> chosen = StratifiedSample.choose(ITEMS, STRATUM, 7, 0);
    // 4.2, 2.1 and 0.7
    assertThat(chosen.stream().map(STRATUM).sorted())
        .containsExactly("large", "large", "large", "large", "middle", "middle", "small");
  }

  @Test
  void theFirstOfTheChosenAreMixed() {
    List<Integer> chosen = StratifiedSample.choose(ITEMS, STRATUM, 500, 0);
    long large = chosen.subList(0, 100).stream().filter(i -> i < 600).count();
    assertThat(large).isBetween(45L, 75L);
  }

  @Test
  void theSeedDecides() {
    List<Integer> chosen = StratifiedSample.choose(ITEMS, STRATUM, 50, 1);
    assertThat(StratifiedSample.choose(ITEMS, STRATUM, 50, 1)).isEqualTo(chosen);
    assertThat(StratifiedSample.choose(ITEMS, STRATUM, 50, 2)).isNotEqualTo(chosen);
  }

  @Test
  void moreThanThereAreGivesAll() {
    List<Integer> all = new ArrayList<>(StratifiedSample.choose(ITEMS, STRATUM, 5000, 0));
    assertThat(all).hasSize(1000).doesNotHaveDuplicates();
    assertThatThrownBy(() -> StratifiedSample.choose(ITEMS, STRATUM, 0, 0))
        .hasMessage("n must be at least 1 but was 0");
  }
}
