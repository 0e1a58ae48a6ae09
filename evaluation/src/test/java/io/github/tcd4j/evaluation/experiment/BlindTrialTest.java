package io.github.tcd4j.evaluation.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BlindTrialTest {
  private static final List<String> CAPTIONS = List.of("bell, owl and \"taxi\"", "rocket", "fire");
  private final BlindTrial trial = BlindTrial.mix(List.of("TCD", "teacher"), CAPTIONS, 3);

  /** The form with a count behind each line. */
  private String filled(String... counts) {
    List<String> lines = trial.form().lines().toList();
    return lines.get(0)
        + "\n"
        + IntStream.range(0, counts.length)
            .mapToObj(i -> lines.get(i + 1) + counts[i] + "\n")
            .collect(Collectors.joining());
  }

  @Test
  void everyPictureIsThereOnceInAnOrderThatTheFormDoesNotExplain() {
    assertThat(trial.entries()).hasSize(6).doesNotHaveDuplicates();
    assertThat(trial.entries())
        .isNotEqualTo(BlindTrial.mix(List.of("TCD", "teacher"), CAPTIONS, 4).entries());
    assertThat(trial.form().lines()).hasSize(7).noneMatch(l -> l.contains("TCD"));
    assertThat(BlindTrial.ofKey(trial.key())).isEqualTo(trial);
  }

  @Test
  void sharesAreOfPicturesWithAnyFault() {
    String[] counts = new String[6];
    for (int i = 0; i < 6; i++) {
      BlindTrial.Entry e = trial.entries().get(i);
      // TCD: a fault in pictures 0 and 1; the teacher: two faults in picture 1.
      counts[i] =
          e.method().equals("TCD") ? (e.picture() < 2 ? "1" : "0") : e.picture() == 1 ? "2" : "0";
    }
    // 2 of 3 and 1 of 3: middle (p + z^2/6) / (1 + z^2/3), z = 1.96.
    assertThat(trial.join(filled(counts)))
        .contains("| TCD | 3 | 2 | 66.7 [20.8, 93.9] |")
        .contains("| teacher | 3 | 1 | 33.3 [6.1, 79.2] |")
        .contains("only the picture of TCD has a fault 1 times, only that of teacher 0 times");
    String semicolons = filled(counts).replaceAll("(?m)^(\\d+),(.*),(\\d+)$", "\"$1\";$2;\"$3\"");
    assertThat(trial.join(semicolons)).isEqualTo(trial.join(filled(counts)));
  }

  @Test
  void whatIsNotJudgedOrJudgedTwiceIsRefused() {
    assertThatThrownBy(() -> trial.join(filled("0", "", "0", "0", "0", "0")))
        .hasMessageContaining("picture 2 is not judged");
    assertThatThrownBy(() -> trial.join(filled("0", "0"))).hasMessageContaining("has only 2");
    assertThatThrownBy(() -> trial.join(filled("0", "0") + "2,x,1\n"))
        .hasMessageContaining("has 2 twice");
    assertThatThrownBy(() -> trial.join(filled("0", "no")))
        .hasMessageContaining("NUMBER,CAPTION,COUNT");
    assertThatThrownBy(() -> BlindTrial.ofKey("head\n2,\"TCD\",0,\"a\"\n"))
        .hasMessageContaining("was changed");
  }
}
