package io.github.tcd4j.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OrderedEmitterTest {
  private final List<String> heard = new ArrayList<>();
  private final OrderedEmitter<String> order = new OrderedEmitter<>(4, heard::add);

  @Test
  void whatComesEarlyWaitsForAllBeforeIt() {
    order.put(2, "c");
    order.put(0, "a");
    assertThat(heard).containsExactly("a");
    order.put(3, "d");
    order.put(1, "b");
    assertThat(heard).containsExactly("a", "b", "c", "d");
  }
}
