package io.github.tcd4j.training.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Caption "n" is encoded as tokens that are all n and a pooled vector of all -n. */
class CaptionTableTest {
  private final Scope scope = Scope.open();
  private final List<String> encoded = new ArrayList<>();

  @AfterEach
  void free() {
    scope.close();
  }

  private Conditioning encode(List<String> captions) {
    encoded.addAll(captions);
    return rows(captions);
  }

  private static Conditioning rows(List<String> captions) {
    double[] values = captions.stream().mapToDouble(Double::parseDouble).toArray();
    Tensor own = Tensor.of(values).to(DType.F32);
    return new Conditioning(
        own.reshape(values.length, 1, 1).expand(values.length, 3, 2).contiguous(),
        own.neg().reshape(values.length, 1).expand(values.length, 4).contiguous(),
        null,
        null,
        null);
  }

  private void holds(CaptionTable table, String... captions) {
    Conditioning found = table.of(List.of(captions), this::encode);
    Conditioning right = rows(List.of(captions));
    assertThat(found.tokens().sameAs(right.tokens())).as(Arrays.toString(captions)).isTrue();
    assertThat(found.pooled().sameAs(right.pooled())).as(Arrays.toString(captions)).isTrue();
  }

  @Test
  void aCaptionIsEncodedOnceAndItsRowStandsWhereItIsAskedFor() {
    CaptionTable table = new CaptionTable(rows(List.of("0")), 8);
    holds(table, "3", "1", "3", "2");
    holds(table, "2", "4", "3");
    holds(table, "1", "1");
    assertThat(encoded).containsExactly("3", "1", "2", "4");
  }

  @Test
  void theOldestGivesWayButNoneOfTheBatchThatIsAskedFor() {
    CaptionTable table = new CaptionTable(rows(List.of("0")), 4);
    holds(table, "1", "2", "3", "4");
    holds(table, "1", "5", "2");
    holds(table, "1", "2", "4", "5");
    assertThat(encoded).containsExactly("1", "2", "3", "4", "5");
    holds(table, "3");
    assertThat(encoded).endsWith("3").hasSize(6);
  }

  @Test
  void aBatchOfMoreCaptionsThanThereArePlacesIsRightToo() {
    CaptionTable table = new CaptionTable(rows(List.of("0")), 2);
    holds(table, "1", "2");
    holds(table, "4", "2", "3", "3");
    holds(table, "2", "1");
  }

  @Test
  void whatIsGivenIsACopy() {
    CaptionTable table = new CaptionTable(rows(List.of("0")), 1);
    Conditioning first = table.of(List.of("1"), this::encode);
    holds(table, "2");
    assertThat(first.tokens().sameAs(rows(List.of("1")).tokens())).isTrue();
  }

  @Test
  void severalThreadsMayAsk() {
    CaptionTable table = new CaptionTable(rows(List.of("0")), 5);
    CompletableFuture<?>[] all =
        Stream.of(1, 2, 3, 4)
            .map(seed -> CompletableFuture.runAsync(() -> asksOften(table, new Random(seed))))
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(all).join();
  }

  private static void asksOften(CaptionTable table, Random random) {
    for (int i = 0; i < 300; i++) {
      try (Scope own = Scope.open()) {
        List<String> captions = random.ints(4, 0, 12).mapToObj(Integer::toString).toList();
        Conditioning found = table.of(captions, CaptionTableTest::rows);
        assertThat(found.tokens().sameAs(rows(captions).tokens())).isTrue();
      }
    }
  }
}
